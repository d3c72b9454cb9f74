"""Patients: find a person and see where they stand, or create one."""

import streamlit as st

from pages._ui.dialogs.new_patient import open_new_patient
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, remembered
from pages._ui.panels.go_to_id import go_to_id
from pages._ui.panels.patient_results import forget_results, patient_results, search_if_new
from pages._ui.words.states import AAL2_STATES, IDENTITY_STATES, States, label
from services.bootstrap import desk
from services.identity.access_state import Aal2State, IdentityState
from services.metriport.schemas import Facility
from services.patients.search import SearchRequest
from services.staff.permissions import Permission

_SEARCH_HELP = (
    "Any id goes straight to what it names: of a patient, a request, a message, a verification "
    "(ids_), an identity (pid_), a challenge (aalc_), a call, or one of ours. All words must "
    "occur, in any order. Use quotes for an exact phrase, `or` between alternatives and `-word` "
    "to leave out. A date of birth may be partial: 1996, 1996-02."
)


def _facilities() -> dict[str, Facility]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {facility.id: facility for facility in listed}
    return {}


def _search_field() -> tuple[str, bool]:
    """The text to search for, and whether Search was pressed."""
    with st.form("patients_search", border=False):
        left, right = st.columns([8, 1], vertical_alignment="bottom")
        text = left.text_input(
            "Search",
            type="search",
            icon=":material/search:",
            placeholder="Name, date of birth, or any id",
            help=_SEARCH_HELP,
        )
        pressed = right.form_submit_button("Search", type="primary", width="stretch")
    return text or "", pressed


def _facility_filter() -> str | None:
    return st.selectbox(
        "Facility",
        list(facilities),
        index=None,
        format_func=lambda facility_id: facilities[facility_id].name,
        placeholder="All facilities",
        key="facility",
        bind="query-params",
    )


def _state_filter(name: str, states: States, key: str) -> str | None:
    return st.selectbox(
        name,
        [str(state) for state in states],
        index=None,
        format_func=lambda state: label(states, state),
        placeholder="Any",
        key=key,
        bind="query-params",
    )


who = actor()
facilities = _facilities()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Patients")
    if who.may(Permission.PATIENTS_CREATE) and st.button(
        "New patient", icon=":material/person_add:"
    ):
        open_new_patient(who, facilities, forget_results)

text, pressed = _search_field()
columns = st.columns([2, 1, 1])
with columns[0]:
    facility_id = _facility_filter()
with columns[1]:
    identity = _state_filter("Identity (IAL2)", IDENTITY_STATES, "identity")
with columns[2]:
    aal2 = _state_filter("AAL2 session", AAL2_STATES, "aal2")

if pressed and text and go_to_id(who, text):
    st.stop()
request = SearchRequest(
    text,
    facility_id,
    IdentityState(identity) if identity else None,
    Aal2State(aal2) if aal2 else None,
)
search_if_new(who, request, again=pressed)
patient_results(who)
