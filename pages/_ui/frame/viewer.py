"""The viewer: who is signed in, their time zone and theme, and what they have loaded before."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from html import escape
from typing import Any, NoReturn, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from services.addresses import SIGN_IN_PATH
from services.desk import desk
from services.errors import LogUnavailable
from services.staff.permissions import Actor

Loaded = TypeVar("Loaded")
Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")

_SIGNED_OUT, _VIEWER, _CAME_FROM = "signed_out", "viewer", "came_from"


def actor() -> Actor:
    """Who is signed in. Where nobody is, it forgets what was read, says so and stops the page."""
    who = _find_viewer()
    if who is None:
        _show_ended()
        st.stop()
    return who


def end_sign_in() -> None:
    """Take the viewer for signed out from now on.

    The cookies that a run sees are those with which the browser connected: only the browser's next
    request tells that they were signed out elsewhere.
    """
    st.session_state[_SIGNED_OUT] = True


def leave_ended_page() -> NoReturn:
    """Run the whole page instead of what was to be drawn, which says that the sign-in has ended."""
    end_sign_in()
    st.rerun()


def while_signed_in(draw: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """`draw` for a part that runs without the shell, as dialogs do.

    Once its viewer is not signed in any more, the whole page runs instead, and says so.
    """

    @wraps(draw)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Drawn:
        if _find_viewer() is None:
            leave_ended_page()
        return draw(*args, **kwargs)

    return guarded


def _find_viewer() -> Actor | None:
    """Who is signed in, if it is still the one for whom this browser session has read things."""
    if _SIGNED_OUT in st.session_state:
        return None
    try:
        who = desk().sessions.actor(st.context.cookies)
    except LogUnavailable as error:
        st.error(f"**{error}** {error.next_step}", icon=":material/error:")
        st.stop()
    before: Actor | None = st.session_state.get(_VIEWER)
    # A browser that lost its connection comes back to its session with the cookies of now: somebody
    # else may have signed in since, in another tab. The same person in a new session goes on.
    if who is not None and (before is None or before.tag == who.tag):
        st.session_state[_VIEWER] = who
        return who
    if before is not None:
        _note_act_after_end(before)
        end_sign_in()
    return None


def _note_act_after_end(who: Actor) -> None:
    """Note in the access log that something was pressed after the end. Nothing was done."""
    # Shown as ended all the same where the log does not answer: nothing is read for it.
    with suppress(LogUnavailable):
        desk().audit.note_after_end(who.session)


def _show_ended() -> None:
    """Say that the sign-in has ended, and lead back to the page that was open."""
    came_from = st.session_state.get(_CAME_FROM) or _address_of_now()
    # Names are among what was read, which must not wait in memory for whoever comes next.
    st.session_state.clear()
    end_sign_in()
    st.session_state[_CAME_FROM] = came_from
    st.title("Your sign-in has ended")
    st.html(
        "<p>What you had started stands in the log. What you typed was not sent.</p>"
        f'<a href="{escape(came_from)}" target="_self">Sign in</a>'
    )


def _address_of_now() -> str:
    """The address of the sign-in page that leads back to this page, with its filters."""
    url = urlsplit(st.context.url or "")
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    wanted = url.path + (f"?{query}" if query else "")
    return SIGN_IN_PATH + (f"?{urlencode({'next': wanted})}" if wanted not in ("", "/") else "")


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
