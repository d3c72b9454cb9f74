"""The frame of every page: who is there, what they may open, and the guard against errors."""

from pathlib import Path

import streamlit as st

from pages._ui.dialogs.open_dialog import close_dialog
from pages._ui.frame.denied import show_denied
from pages._ui.frame.errors import boundary
from pages._ui.frame.finished_queries import announce_finished
from pages._ui.frame.go import remember_view
from pages._ui.frame.places import PAGES, PageEntry
from pages._ui.frame.session import account, guard_session
from pages._ui.frame.viewer import actor, is_dark, zone
from services.desk import desk
from services.staff.permissions import Actor

_HERE = Path(__file__).parent
_ICONS = _HERE / "_ui" / "icons"

_STYLE = """<style>
/* Lists need the room that Streamlit leaves empty around a page. */
[data-testid="stMainBlockContainer"] { padding: 3.75rem 3rem 4rem; }
/* The words of what is chosen: the accent alone is too dark to read on a dark page. */
[data-selected="true"] p { color: %s; }
/* Streamlit's own offer of a film of the screen; the gate has the browser refuse it as well. */
[data-testid="stMainMenuItem-recordScreencast"] { display: none; }
</style>"""

st.set_page_config(
    page_title="Access Desk",
    # A PNG of our own: a Material icon would be fetched from a font host.
    page_icon=str(_ICONS / "icon.png"),
    layout="wide",
)


def _pages(who: Actor) -> list[st.Page]:
    """Every page, each at its own address; the sidebar lists those that `who` may open."""
    start = st.Page(_HERE / "start.py", title="Access Desk", default=True, visibility="hidden")
    return [start, *(_page(who, page) for page in PAGES)]


def _page(who: Actor, page: PageEntry) -> st.Page:
    return st.Page(
        _HERE / page.file,
        title=page.title,
        icon=f":material/{page.icon}:",
        visibility="visible" if page.listed and who.may(page.permission) else "hidden",
    )


def _run(who: Actor, page: st.Page) -> None:
    entry = next((one for one in PAGES if one.path == page.url_path), None)
    if entry and not who.may(entry.permission):
        show_denied(who, entry)
    else:
        page.run()


def _sidebar(who: Actor) -> None:
    with st.sidebar:
        if desk().sandbox is not None:
            st.caption(":material/science: **Sandbox.** Every person and record is invented.")
        st.caption(f":material/schedule: Times are in {zone().key}")
        account(who)


st.html(_STYLE % ("#8fe3dc" if is_dark() else "inherit"))
st.logo(_ICONS / "logo.svg", size="large", icon_image=_ICONS / "icon.png")
who = actor()
# All of them: an administrator has more pages than Streamlit lists by itself.
page = st.navigation(_pages(who), expanded=True)
_sidebar(who)
guard_session(who)
announce_finished(who)
if page.url_path not in ("patient", "query", "staff_sessions", "retention"):
    # What a dialog shows once is gone with the page that it was opened on.
    close_dialog()
with boundary():
    try:
        _run(who, page)
    finally:
        # Only now are the filters in the address what the viewer has chosen.
        remember_view(page.url_path)
