"""Patients: find a person and see where they stand, or create one."""

import streamlit as st

from pages._ui.dialogs.new_patient import open_new_patient
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, remembered
from pages._ui.list.filters import one_of
from pages._ui.panels.go_to_id import go_to_id
from pages._ui.panels.patient_results import forget_results, patient_results, search_if_new
from pages._ui.panels.search_field import search_field, search_for, take_pressed
from pages._ui.words.states import AAL2_STATES, IDENTITY_STATES, States
from services.desk import desk
from services.identity.access_state import Aal2State, IdentityState
from services.metriport.schemas import Facility
from services.patients.search.patient_search import SearchRequest
from services.staff.permissions import Permission

_FACILITY, _IDENTITY, _AAL2 = "facility", "identity", "aal2"


def _facilities() -> dict[str, Facility]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {facility.id: facility for facility in listed}
    return {}


def _filters() -> SearchRequest:
    wide, left, right = st.columns([2, 1, 1])
    names = {facility.id: facility.name for facility in facilities.values()}
    facility_id = one_of(wide, "Facility", names, _FACILITY)
    identity = one_of(left, "Identity (IAL2)", _labels(IDENTITY_STATES), _IDENTITY)
    aal2 = one_of(right, "AAL2 session", _labels(AAL2_STATES), _AAL2)
    return SearchRequest(
        text,
        facility_id,
        IdentityState(identity) if identity else None,
        Aal2State(aal2) if aal2 else None,
    )


def _drop_filters() -> None:
    for name in (_FACILITY, _IDENTITY, _AAL2):
        st.session_state[name] = None


def _labels(states: States) -> dict[str, str]:
    return {str(state): words.label for state, words in states.items()}


who = actor()
facilities = _facilities()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Patients")
    if who.may(Permission.PATIENTS_CREATE) and st.button(
        "New patient", icon=":material/person_add:"
    ):
        open_new_patient(who, facilities, forget_results)

text = search_field()
request = _filters()
pressed = take_pressed()
if pressed and go_to_id(who, pressed):
    st.stop()
search_if_new(who, request, again=pressed is not None)
patient_results(who, search_for, _drop_filters)
