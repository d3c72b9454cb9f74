"""The fetched records of one person, for an administrator who says why (break-glass)."""

import streamlit as st

from pages._ui.dialogs.grounds import GroundsFields
from pages._ui.frame.errors import errors_shown, show_error
from pages._ui.frame.go import nothing_chosen
from pages._ui.frame.live import Subject, live
from pages._ui.frame.viewer import actor, remembered
from pages._ui.records.listing import records_listing
from pages._ui.records.offer_state import offer_state
from pages._ui.words.outside import markdown_text
from pages._ui.words.records import WHAT_IS_NOTED
from services.desk import desk
from services.errors import AccessDeskError
from services.records.looks import RECORD_REASONS
from services.staff.permissions import Actor
from services.staff.reasons import Grounds


def _ask() -> Grounds | None:
    """Draw the form; answers the reason and the ticket once it was sent with good ones."""
    # A form, so that the list stays as it is while somebody chooses.
    with st.form("records_look", border=False):
        fields = GroundsFields("records")
        grounds = fields.ask(RECORD_REASONS)
        sent = st.form_submit_button("Show the list", icon=":material/lock_open:", type="primary")
        complaints = grounds.complaints(RECORD_REASONS) if sent else {}
        fields.show_complaints(complaints)
    return grounds if sent and not complaints else None


def _list(who: Actor, patient_id: str, grounds: Grounds) -> None:
    with errors_shown():
        with st.spinner("Reading the records from Metriport …"):
            listing = desk().record_contents.look(who, patient_id, grounds)
        following = live(records_listing, Subject.PATIENT, patient_id, "records")
        following(who, patient_id, grounds, listing)


who = actor()
patient_id = st.query_params.get("patient", "")
if not patient_id:
    nothing_chosen(
        "Fetched records", "No person is chosen. Search for one first.", ":material/person_search:"
    )

st.page_link(
    "patient.py",
    label="The person",
    icon=":material/arrow_back:",
    query_params={"patient": patient_id},
)
try:
    patient = remembered(f"patient {patient_id}", 60, lambda: desk().patients.open(who, patient_id))
except AccessDeskError as error:
    st.title("This person cannot be shown")
    show_error(error)
    st.stop()

st.title(f"Records of {markdown_text(patient.full_name) or '(no name)'}")
live(offer_state, Subject.PATIENT, patient.id)(who, patient.id)
st.info(WHAT_IS_NOTED, icon=":material/policy:")
if grounds := _ask():
    _list(who, patient.id, grounds)
