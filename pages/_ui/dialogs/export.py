"""The dialog that hands out a table as a file: the one way out of the program for rows."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._ui.dialogs.file_button import file_button
from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError
from services.exports.formats import FORMATS, Format, file_name
from services.staff.exports import MOST_ROWS, Export
from services.staff.permissions import Actor

_NAMES = {
    "about": "About the id",
    "actor_id": "Member of the staff",
    "facility_id": "Facility",
    "patient_id": "Patient",
    "purposes": "Purpose",
    "session_id": "Staff session",
    "since": "From",
    "signature_status": "Signature",
    "states": "State",
    "statuses": "Status",
    "types": "Type",
    "until": "Until before",
}
"""Filters whose names in the services are not what the pages call them."""


def export_button(key: str = "export") -> bool:
    """Draw the button that opens the dialog; answers whether it was pressed just now."""
    return st.button("Export", icon=":material/download:", key=key)


@dialog("Export", icon=":material/download:")
def export_dialog(
    who: Actor,
    what: str,
    make_export: Callable[[], Export],
    formats: Sequence[Format] = FORMATS,
) -> None:
    """Say how many rows the file will have, of which filters, and offer it in each format.

    `what` names the rows, as in "queries". `make_export` may raise `InvalidInput`.
    """
    try:
        export = make_export()
        number = desk().exports.count(who, export)
    except AccessDeskError as error:
        show_error(error)
        return
    if number > MOST_ROWS:
        st.warning(
            f"More than {MOST_ROWS:,} {what} match, and a file holds no more. Narrow the filters, "
            "for example to a month, and export again.",
            icon=":material/filter_alt:",
        )
        return
    _describe(what, export, number)
    with st.container(horizontal=True):
        for form in formats:
            _download(who, export, form, is_empty=not number)


def _describe(what: str, export: Export, number: int) -> None:
    st.markdown(f"**{number:,} {what}**, all that match, not only those of the page shown.")
    chosen = [f"- {_filter_words(name, value)}" for name, value in export.filters.items()]
    st.markdown("\n".join(["Filters:", "", *chosen]) if chosen else "No filter is set.")
    st.markdown(
        "Ids are whole, times are in UTC. That you made the file, with these filters and so many "
        "rows, is noted in the access log before it is handed out."
    )


def _filter_words(name: str, value: object) -> str:
    words = _NAMES.get(name, name.replace("_", " ").capitalize())
    return f"{words}: {markdown_text(value)}"


def _download(who: Actor, export: Export, form: Format, is_empty: bool) -> None:
    file_button(
        f"Download {form.name}",
        lambda: desk().exports.make(who, export, form),
        name=file_name(export.table, form, desk().clock()),
        mime=form.mime,
        key=f"download_{export.table}_{form.ending}",
        disabled=is_empty,
    )
