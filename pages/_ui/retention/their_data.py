"""What a person may ask for of their own data: the menu on their page, and its dialogs."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.dialogs.file_button import file_button
from pages._ui.dialogs.grounds import GroundsFields
from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    keep_in_dialog,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.retention.hold_dialogs import hold_dialog
from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.times import exact
from services.compliance.retention.kept import KEPT
from services.compliance.rights.erasing import KeptRows
from services.compliance.rights.patient_rights import ERASE_REASONS, EXPORT_REASONS, Erasure
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.staff.permissions import Actor, Permission

EXPORT, ERASE, HOLD = "Export their data", "Erase their data", "Set a legal hold"

_WHAT = {kept.name: kept.what for kept in KEPT}
_AT_METRIPORT = (
    "Their name, contacts and medical records are at Metriport, not here. To have those corrected "
    "or deleted, the company asks Metriport’s support with the patient id."
)


def their_data_menu(who: Actor, patient_id: str) -> None:
    """Draw the menu with what `who` may do; nothing where they may do none of it."""
    names = [EXPORT, ERASE] if who.may(Permission.PATIENT_RIGHTS) else []
    names += [HOLD] if who.may(Permission.RETENTION_HOLD) else []
    if not names:
        return
    chosen = st.menu_button("Their data", names, icon=":material/folder_shared:", key="their_data")
    if chosen:
        open_dialog(chosen, patient_id)


def their_data_dialogs(who: Actor, name: str | None, patient_id: str) -> None:
    """Draw the dialog of that name, if it is one of these."""
    if name == EXPORT:
        _export_dialog(who, patient_id)
    elif name == ERASE:
        _erase_dialog(who, patient_id)
    elif name == HOLD:
        hold_dialog(who, patient_id)


@dialog(EXPORT, icon=":material/folder_shared:", width="medium", on_dismiss=close_dialog)
def _export_dialog(who: Actor, patient_id: str) -> None:
    st.markdown(
        "A ZIP with all that the log has about this person, also who looked at them: a JSON "
        "document, its signature, and how to verify it. It has no credentials, no texts of "
        "messages, and nobody else’s data. That you made it is noted before it is handed out."
    )
    st.markdown(_AT_METRIPORT)
    fields = GroundsFields("export_person")
    grounds = fields.ask(EXPORT_REASONS)
    complaints = grounds.complaints(EXPORT_REASONS)
    fields.show_complaints({} if not grounds.reason else complaints)
    file_button(
        "Download their data",
        lambda: desk().patient_rights.export(who, patient_id, grounds, event_sentence),
        name=f"access-desk-data-of-a-person-{desk().clock():%Y-%m-%dT%H%MZ}.zip",
        mime="application/zip",
        key="download_person",
        type="primary",
        disabled=bool(complaints),
    )


@dialog(ERASE, icon=":material/ink_eraser:", width="medium", on_dismiss=close_dialog)
def _erase_dialog(who: Actor, patient_id: str) -> None:
    done = value_in_dialog()
    if isinstance(done, Erasure):
        st.success("It is erased, for good.", icon=":material/ink_eraser:")
        _tell(done, "Erased", "Kept, as the law asks")
        st.markdown(_AT_METRIPORT)
        return
    try:
        preview = desk().patient_rights.preview_erasure(who, patient_id)
    except AccessDeskError as error:
        show_error(error)
        return
    _tell(preview, "Will be erased at once", "Stays, as the law asks")
    st.markdown(_AT_METRIPORT)
    if preview.is_held:
        st.warning(
            "**A legal hold covers this person’s data.** Nothing may be erased until it is lifted.",
            icon=":material/gavel:",
        )
        return
    _ask(who, patient_id)


def _ask(who: Actor, patient_id: str) -> None:
    fields = GroundsFields("erase")
    grounds = fields.ask(ERASE_REASONS)
    if not st.button("Erase it", type="primary", key="erase_person", icon=":material/ink_eraser:"):
        return
    try:
        erasure = desk().patient_rights.erase(who, patient_id, grounds)
    except InvalidInput as error:
        fields.show_complaints(error.fields)
        if not error.fields:
            show_error(error)
        return
    except AccessDeskError as error:
        show_error(error)
        return
    keep_in_dialog(erasure)
    st.rerun()


def _tell(erasure: Erasure, erased: str, kept: str) -> None:
    st.markdown(f"**{erased}**\n\n{_list_erased(erasure.erased)}")
    rows = [_kept_line(row) for row in erasure.kept]
    st.markdown(f"**{kept}**\n\n" + ("\n".join(rows) or "- Nothing."))


def _list_erased(erased: Mapping[str, int]) -> str:
    lines = [f"- {number:,}: {_WHAT[name]}" for name, number in erased.items() if number]
    return "\n".join(lines) or "- Nothing: the log has none of what can be erased."


def _kept_line(row: KeptRows) -> str:
    until = f"until {exact(row.until, zone())}" if row.until else "as long as one is in force"
    return f"- {row.title}: {row.rows:,}, {until}"
