"""Which dialog is open, and for whom.

It is kept beside the page: a page that draws itself anew keeps its dialog open, and one that shows
somebody else does not.
"""

import streamlit as st

_OPEN = "open_dialog"


def ask_for(name: str, patient_id: str) -> None:
    """Have the dialog opened, by drawing the whole page: fragments that repeat would lose it."""
    st.session_state[_OPEN] = (name, patient_id)
    st.rerun()


def asked_for(patient_id: str) -> str | None:
    """The dialog that is open for this person."""
    name, whose = st.session_state.get(_OPEN, (None, None))
    if whose != patient_id:
        closed()
        return None
    return str(name)


def closed() -> None:
    """The person closed it, or its work is done."""
    st.session_state.pop(_OPEN, None)
