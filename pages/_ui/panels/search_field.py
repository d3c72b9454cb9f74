"""The field in which people are searched for, and what was last entered there."""

import streamlit as st

from services.pasted_ids import is_secret

_SEARCH_HELP = (
    "Any id goes straight to what it names: of a patient, a request, a message, a verification "
    "(ids_), an identity (pid_), a challenge (aalc_), a call, or one of ours, also the shortened "
    "ones of lists. All words must occur, in any order; parts, missing accents and misspellings "
    "are found among the names read so far. Dates of birth may be written as 2/10/1996, "
    "Feb 10, 1996, 1996-02 or 1996. Use quotes for an exact phrase, `or` between alternatives "
    "and `-word` to leave out."
)
_TEXT, _PRESSED = "patients_text", "patients_pressed"


def search_field() -> str:
    """The text to search for. It stays in the session, and out of the address: it is a name."""
    with st.form("patients_search", border=False):
        left, right = st.columns([8, 1], vertical_alignment="bottom")
        text = left.text_input(
            "Search",
            type="search",
            icon=":material/search:",
            placeholder="Name or a part of it, date of birth, or any id",
            help=_SEARCH_HELP,
            # The browser keeps no names that were searched for.
            autocomplete="off",
            key=_TEXT,
            persist_state="session",
        )
        right.form_submit_button("Search", type="primary", width="stretch", on_click=_press)
    return text or ""


def _press() -> None:
    """Look what was entered up as an id first; a secret is not kept in the field."""
    entered = st.session_state[_TEXT] or ""
    st.session_state[_PRESSED] = entered
    if is_secret(entered):
        st.session_state[_TEXT] = ""


def take_pressed() -> str | None:
    """What stood in the field when Search was pressed, once; None where it was not."""
    pressed: str | None = st.session_state.pop(_PRESSED, None)
    return pressed


def search_for(text: str) -> None:
    """Put `text` into the field, for a callback: the page that is drawn next searches for it."""
    st.session_state[_TEXT] = text
