"""One person: who they are, how far they are on the way to their records, and their queries."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.go import back_link, nothing_chosen
from pages._ui.frame.live import Subject, watch
from pages._ui.frame.viewer import actor, remembered
from pages._ui.journey.follow_person import follow_person, read_person
from pages._ui.journey.patient_header import patient_header
from pages._ui.journey.person_dialogs import person_dialogs
from pages._ui.journey.timeline_table import timeline_of_patient
from pages._ui.journey.verdict_panel import verdict_panel
from pages._ui.list.queries_table import queries_table
from pages._ui.panels.patient_results import forget_results
from services.desk import desk
from services.errors import AccessDeskError

who = actor()
patient_id = st.query_params.get("patient", "")
back_link("patients.py", "Patients")
if not patient_id:
    nothing_chosen(
        "Patient", "No person is chosen. Search for one first.", ":material/person_search:"
    )

try:
    patient = remembered(f"patient {patient_id}", 60, lambda: desk().patients.open(who, patient_id))
    listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
except AccessDeskError as error:
    st.title("This person cannot be shown")
    if verdict := desk().cases.of_error(error):
        verdict_panel(who, verdict, patient_id)
    show_error(error)
    st.stop()

facilities = {facility.id: facility.name for facility in listed}
# Before the log is read: what changes meanwhile has the page drawn again.
watched = watch(who, Subject.PATIENT, patient.id)
facts = read_person(who, patient.id)
patient_header(who, patient, facilities, facts.access)
watched.keep(follow_person(who, patient, facts))
person_dialogs(who, patient, facilities, facts.access, on_changed=forget_results)

st.subheader("All queries")
queries_table(facts.queries.rows, key="patient_queries", without=["Patient"])
st.subheader("Timeline")
timeline_of_patient(who, patient.id)
