"""The frame of every page: who is there, what they may open, and the last line against errors."""

from pathlib import Path

import streamlit as st

from pages._ui.dialogs import closed
from pages._ui.errors import boundary
from pages._ui.finished_queries import announce_finished
from pages._ui.viewer import actor, zone
from services.bootstrap import desk
from services.staff.permissions import Actor, Permission

_HERE = Path(__file__).parent
_ICONS = _HERE / "_ui" / "icons"

st.set_page_config(
    page_title="Access Desk",
    # A PNG of our own: a Material icon would be fetched from a font host.
    page_icon=str(_ICONS / "icon.png"),
    layout="wide",
)


def _pages(who: Actor) -> list[st.Page]:
    """The pages that `who` may open; the first is where they begin."""
    offered = [
        (Permission.PATIENTS_VIEW, "patients.py", "Patients", "group", True),
        (Permission.PATIENTS_VIEW, "patient.py", "Patient", "person", False),
        (Permission.QUERIES_VIEW, "queries.py", "Queries", "travel_explore", True),
        (Permission.QUERIES_VIEW, "query.py", "Query", "travel_explore", False),
        (Permission.QUERIES_START, "bulk.py", "Bulk queries", "playlist_play", True),
        (Permission.OUTCOMES_VIEW, "outcomes.py", "Outcomes", "monitoring", True),
        (Permission.WEBHOOKS_VIEW, "webhooks.py", "Webhooks", "webhook", True),
        (Permission.WEBHOOKS_VIEW, "webhook.py", "Webhook", "webhook", False),
        (Permission.WEBHOOKS_VIEW, "calls.py", "Upstream calls", "swap_vert", True),
        (Permission.SYSTEM, "system.py", "System", "settings", True),
    ]
    allowed = [entry for entry in offered if who.may(entry[0])]
    return [
        st.Page(
            _HERE / file,
            title=title,
            icon=f":material/{icon}:",
            default=position == 0,
            visibility="visible" if listed else "hidden",
        )
        for position, (_, file, title, icon, listed) in enumerate(allowed)
    ]


def _sidebar(who: Actor) -> None:
    with st.sidebar:
        if desk().sandbox is not None:
            st.caption(":material/science: **Sandbox.** Every person and record is invented.")
        st.caption(f":material/account_circle: {who.name} · {who.role.value.capitalize()}")
        st.caption(f":material/schedule: Times are in {zone().key}")
        # A Markdown link would open a second window, and leave this one signed in to the eye.
        st.html('<a href="/sign-in/out" target="_self" style="color: inherit">Sign out</a>')


st.logo(_ICONS / "logo.svg", size="large", icon_image=_ICONS / "icon.png")
who = actor()
page = st.navigation(_pages(who))
_sidebar(who)
announce_finished(who)
if page.url_path not in ("patient", "query"):
    # What a dialog shows once is gone with the page that it was opened on.
    closed()
with boundary():
    page.run()
