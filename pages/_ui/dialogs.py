"""Which dialog is open, and for whom.

It is kept beside the page: a page that draws itself anew keeps its dialog open, and one that shows
somebody else does not.
"""

import streamlit as st

_OPEN = "open_dialog"


def ask_for(name: str, whose: str, value: object = None) -> None:
    """Have the dialog opened, by drawing the whole page: fragments that repeat would lose it.

    `whose` is the id of what the page shows; `value` is kept as long as the dialog is open.
    """
    st.session_state[_OPEN] = (name, whose, value)
    st.rerun()


def asked_for(whose: str) -> str | None:
    """The dialog that is open for this person or query."""
    name, owner, _ = st.session_state.get(_OPEN, (None, None, None))
    if owner != whose:
        closed()
        return None
    return str(name)


def keep(value: object) -> None:
    """Keep something for as long as the dialog is open."""
    name, whose, _ = st.session_state[_OPEN]
    st.session_state[_OPEN] = (name, whose, value)


def kept() -> object:
    """What was kept for the open dialog."""
    return st.session_state[_OPEN][2] if _OPEN in st.session_state else None


def closed() -> None:
    """The person closed it, went elsewhere, or its work is done; what was kept is gone."""
    st.session_state.pop(_OPEN, None)
