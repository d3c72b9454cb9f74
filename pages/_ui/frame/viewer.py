"""The viewer: who is signed in, their time zone and theme, and what they have loaded before."""

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from services.desk import desk
from services.staff.permissions import Actor

Loaded = TypeVar("Loaded")
Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")

_SIGNED_OUT, _VIEWER = "signed_out", "viewer"


def actor() -> Actor:
    """Who is signed in. Where nobody is, it forgets what was read, says so and stops the page."""
    who = _find_viewer()
    if who is None:
        # Names among it, which must not wait in memory for whoever comes next.
        st.session_state.clear()
        end_sign_in()
        st.title("Your sign-in has ended")
        st.html('What you had open is still there. <a href="/sign-in" target="_self">Sign in</a>')
        st.stop()
    return who


def end_sign_in() -> None:
    """Take the viewer for signed out from now on.

    The cookies that a run sees are those with which the browser connected: only the browser's next
    request tells that they were signed out elsewhere.
    """
    st.session_state[_SIGNED_OUT] = True


def while_signed_in(draw: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """`draw` for a part that runs without the shell, as dialogs do.

    Once its viewer is not signed in any more, the whole page runs instead, and says so.
    """

    @wraps(draw)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Drawn:
        if _find_viewer() is None:
            st.rerun()
        return draw(*args, **kwargs)

    return guarded


def _find_viewer() -> Actor | None:
    """Who is signed in, if it is still the one for whom this browser session has read things."""
    if _SIGNED_OUT in st.session_state:
        return None
    who = desk().sessions.actor(st.context.cookies)
    # A browser that lost its connection comes back to its session with the cookies of now: somebody
    # else may have signed in since, in another tab.
    if who is None or st.session_state.setdefault(_VIEWER, who.tag) != who.tag:
        return None
    return who


def zone() -> ZoneInfo:
    """The browser's time zone, or UTC where it names none that is known here."""
    name = st.context.timezone
    return ZoneInfo(name if name in _known_zones() else "UTC")


@cache
def _known_zones() -> set[str]:
    # Python looks through its whole database of zones at every call, and pages ask for each time.
    return available_timezones()


def is_dark() -> bool:
    """Whether the viewer's theme is the dark one."""
    return st.context.theme.type == "dark"


def remembered(key: str, seconds: float, load: Callable[[], Loaded]) -> Loaded:
    """What `load` answered in this browser session, at most `seconds` ago; otherwise it is called.

    Pages run again at every click: without this each click would ask upstream and leave another
    event in the access log. What `load` raises is not remembered.
    """
    # In the session and not in Streamlit's cache, which all viewers share.
    shelf: dict[str, tuple[float, Any]] = st.session_state.setdefault("_remembered", {})
    now = time.monotonic()
    for old in [name for name, (until, _) in shelf.items() if until < now]:
        del shelf[old]
    if key not in shelf:
        with st.spinner("Asking Metriport …"):
            shelf[key] = (now + seconds, load())
    loaded: Loaded = shelf[key][1]
    return loaded


def forget(prefix: str) -> None:
    """Forget what was remembered under keys that begin with `prefix`."""
    shelf = st.session_state.get("_remembered", {})
    for key in [name for name in shelf if name.startswith(prefix)]:
        del shelf[key]
