"""The viewer's sign-in on every page: its guard in the browser, who it is, how to end it."""

from pathlib import Path

import streamlit as st

from pages._ui.frame.viewer import end_sign_in, is_dark
from pages._ui.words.names import role_name
from pages._ui.words.outside import cell_text
from services.addresses import SESSION_PATH
from services.desk import desk
from services.staff.permissions import Actor

_HERE = Path(__file__).parent
_REPORTED, _ASKED, _WARNED = 30.0, 12.0, 60.0
"""Seconds between two reports of activity and two questions for the end, and before a warning."""

_guard = st.components.v2.component(
    "access_desk_session", js=(_HERE / "session.js").read_text("utf-8")
)
_account = st.components.v2.component(
    "access_desk_account",
    html=(_HERE / "account.html").read_text("utf-8"),
    css=(_HERE / "account.css").read_text("utf-8"),
    js=(_HERE / "account.js").read_text("utf-8"),
)


def guard_session(who: Actor) -> None:
    """Have the browser warn before the sign-in ends, and hide the page once it is over."""
    idle = desk().sessions.limits.max_idle.total_seconds()
    _guard(
        key="session",
        data={
            "path": SESSION_PATH,
            "tag": who.tag,
            "session": who.session,
            "dark": is_dark(),
            # A short limit, as a company may want it, leaves less time for everything.
            "report": min(_REPORTED, idle / 6),
            "ask": min(_ASKED, idle / 4),
            "warn": min(_WARNED, idle / 3),
        },
        on_signed_out_change=end_sign_in,
    )


def account(who: Actor) -> None:
    """Draw who is signed in and in which role, and the ways to change the role and to sign out."""
    shown = {"name": cell_text(who.name), "role": role_name(who.role), "several": who.has_choice}
    _account(key="account", data=shown)
