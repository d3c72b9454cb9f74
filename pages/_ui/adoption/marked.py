"""The mark of a person who is made up for a test: its badge, and the button that changes it."""

import streamlit as st

from pages._ui.dialogs.open_dialog import close_dialog, dialog, open_dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.words.outside import markdown_text
from pages._ui.words.times import exact
from services.desk import desk
from services.errors import AccessDeskError
from services.staff.permissions import Actor, Permission

MARK, UNMARK = "Mark as a test person", "No test person any more"
MARK_DIALOGS = (MARK, UNMARK)


def mark_badge(who: Actor, patient_id: str) -> None:
    """Draw that the person is one of a test, if they are; `who` may change it behind it."""
    mark = desk().test_people.mark_of(who, patient_id)
    if mark is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("Test person", icon=":material/science:", color="violet")
        marked = f"Marked by {mark.by}, {exact(mark.at, zone())}. Charts leave them out."
        st.markdown(f":small[{markdown_text(marked)}]")


def mark_acts(who: Actor, patient_id: str) -> list[str]:
    """What `who` may do about the mark: the names of the dialogs."""
    if not who.may(Permission.TEST_PEOPLE):
        return []
    return [MARK if desk().test_people.mark_of(who, patient_id) is None else UNMARK]


def ask_to_mark(name: str, patient_id: str) -> None:
    """Open the dialog of that name."""
    open_dialog(name, patient_id)


def mark_dialog(who: Actor, patient_id: str, name: str) -> None:
    """Draw the dialog of that name."""
    if name == MARK:
        _mark_dialog(who, patient_id)
    else:
        _unmark_dialog(who, patient_id)


@dialog(MARK, icon=":material/science:", on_dismiss=close_dialog)
def _mark_dialog(who: Actor, patient_id: str) -> None:
    st.markdown(
        "Outcomes and Adoption leave this person and all their queries out, also those of the "
        "past, until the mark is taken back. Nothing else changes for them."
    )
    if st.button("Mark them", type="primary", icon=":material/science:", key="mark_test"):
        _change(who, patient_id, marked=True)


@dialog(UNMARK, icon=":material/science:", on_dismiss=close_dialog)
def _unmark_dialog(who: Actor, patient_id: str) -> None:
    st.markdown("Outcomes and Adoption count this person and all their queries again.")
    if st.button("Take the mark back", type="primary", key="unmark_test"):
        _change(who, patient_id, marked=False)


def _change(who: Actor, patient_id: str, *, marked: bool) -> None:
    people = desk().test_people
    try:
        (people.mark if marked else people.unmark)(who, patient_id)
    except AccessDeskError as error:
        show_error(error)
        return
    close_dialog()
    st.rerun()
