"""Who looks, from which time zone, in which theme; and what they have opened already."""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from services.bootstrap import desk
from services.staff.permissions import Actor

Loaded = TypeVar("Loaded")


def actor() -> Actor:
    """Who is signed in; stops the page where nobody is."""
    who = desk().sign_in.actor(st.context.cookies)
    if who is None:
        st.title("Your sign-in has ended")
        st.html('What you had open is still there. <a href="/sign-in" target="_self">Sign in</a>')
        st.stop()
    return who


def zone() -> ZoneInfo:
    """The browser's time zone, or UTC where it names none that is known here."""
    name = st.context.timezone
    return ZoneInfo(name if name in available_timezones() else "UTC")


def is_dark() -> bool:
    """Whether the viewer's theme is the dark one."""
    return st.context.theme.type == "dark"


def remembered(key: str, seconds: float, load: Callable[[], Loaded]) -> Loaded:
    """What `load` gave in this browser session, at most `seconds` old.

    Pages run again at every click: without this each click would ask upstream and leave another
    event in the access log. It lives in the session, so nobody sees what another has opened.
    """
    shelf: dict[str, tuple[float, Any]] = st.session_state.setdefault("_remembered", {})
    now = time.monotonic()
    for old in [name for name, (until, _) in shelf.items() if until < now]:
        del shelf[old]
    if key not in shelf:
        shelf[key] = (now + seconds, load())
    loaded: Loaded = shelf[key][1]
    return loaded


def forget(prefix: str) -> None:
    """Have what begins with `prefix` loaded anew at its next use."""
    shelf = st.session_state.get("_remembered", {})
    for key in [name for name in shelf if name.startswith(prefix)]:
        del shelf[key]
