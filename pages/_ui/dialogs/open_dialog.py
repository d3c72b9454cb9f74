"""Which dialog is open, for which person or query, and what it has made so far.

This is kept in the session and not in the page: a page that is drawn again keeps its dialog open,
and a page that shows somebody else does not.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages._ui.frame.viewer import while_signed_in

_OPEN = "open_dialog"

_Dialog = Callable[..., None]


def dialog(title: str, **options: Any) -> Callable[[_Dialog], _Dialog]:
    """Streamlit's dialog, for a function that draws it, as long as its viewer is signed in.

    A press in a dialog runs that function alone, with the arguments of before.
    """
    return lambda draw: st.dialog(title, **options)(while_signed_in(draw))


def open_dialog(name: str, whose: str, value: object = None) -> None:
    """Open a dialog. `whose` is the id of the person or query that the page shows.

    `value` is kept as long as the dialog is open.
    """
    st.session_state[_OPEN] = (name, whose, value)
    # The whole page is drawn: a part that repeats would lose the dialog at its next repetition.
    st.rerun()


def name_of_open(whose: str) -> str | None:
    """The name of the dialog that is open for this person or query, or None."""
    name, owner, _ = st.session_state.get(_OPEN, (None, None, None))
    if owner != whose:
        close_dialog()
        return None
    return str(name)


def keep_in_dialog(value: object) -> None:
    """Keep `value` as long as the open dialog stays open."""
    name, whose, _ = st.session_state[_OPEN]
    st.session_state[_OPEN] = (name, whose, value)


def value_in_dialog() -> object:
    """What is kept for the open dialog, or None."""
    return st.session_state[_OPEN][2] if _OPEN in st.session_state else None


def close_dialog() -> None:
    """Close the dialog, and forget what was kept for it."""
    st.session_state.pop(_OPEN, None)
