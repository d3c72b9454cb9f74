"""How the dialogs of the page Retention say what is wrong with their fields."""

import streamlit as st

from pages._ui.dialogs.grounds import GROUNDS, GroundsFields
from pages._ui.words.outside import markdown_text
from services.errors import InvalidInput


def show_invalid(error: InvalidInput, fields: GroundsFields) -> None:
    """Mark the reason and the ticket; what is wrong with other fields stands below them."""
    fields.show_complaints(error.fields)
    others = [text for name, text in error.fields.items() if name not in GROUNDS]
    for text in others or ([] if error.fields else [str(error)]):
        st.error(markdown_text(text), icon=":material/error:")
