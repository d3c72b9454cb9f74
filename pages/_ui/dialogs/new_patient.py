"""The dialog that creates a patient, after Metriport was asked for the same person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from pages._ui.dialogs.focus import focus_first
from pages._ui.dialogs.open_dialog import dialog
from pages._ui.dialogs.patient_fields import LABELS, PatientFields, pinned_foot, show_invalid
from pages._ui.frame.errors import show_error
from pages._ui.frame.places import open_place
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Facility, Patient
from services.patients.form import PatientForm
from services.staff.permissions import Actor

_KNOWN = "new_patient_known"


@dataclass(frozen=True)
class _Match:
    """Whom Metriport knows by what stood in the form."""

    form: PatientForm
    person: Patient


def open_new_patient(
    who: Actor, facilities: Mapping[str, Facility], on_created: Callable[[], None]
) -> None:
    """Open the dialog. `facilities` are by id; `on_created` is called before the new person's
    page is opened."""
    st.session_state.pop(_KNOWN, None)
    _new_patient(who, facilities, on_created)


@dialog("New patient", width="medium", icon=":material/person_add:", dismissible=False)
def _new_patient(
    who: Actor, facilities: Mapping[str, Facility], on_created: Callable[[], None]
) -> None:
    """Ask for a person's demographics, and create them unless Metriport knows them already."""
    st.caption("Metriport is asked for the same person first, so that nobody is created twice.")
    fields = PatientFields("new_patient")
    names = {key: facility.name for key, facility in facilities.items()}
    with st.form("new_patient", border=False):
        form = fields.ask(names, PatientForm())
        with pinned_foot("new_patient_foot"):
            outcome = st.container()
            with st.container(horizontal=True):
                pressed = st.form_submit_button("Look for a match and create", type="primary")
                if st.form_submit_button("Cancel"):
                    st.rerun()
        with outcome:
            if pressed:
                _create_unless_known(who, form, fields, on_created)
            match = st.session_state.get(_KNOWN)
            if isinstance(match, _Match):
                _offer(who, match, form, on_created)


def _create_unless_known(
    who: Actor, form: PatientForm, fields: PatientFields, on_created: Callable[[], None]
) -> None:
    st.session_state.pop(_KNOWN, None)
    try:
        known = desk().patients.match(who, form)
        if known is None:
            _open(desk().patients.create(who, form), on_created)
        else:
            st.session_state[_KNOWN] = _Match(form, known)
    except InvalidInput as error:
        show_invalid(error)
        fields.show_complaints(error.fields)
        focus_first(fields.key, [name for name in LABELS if name in error.fields])
    except AccessDeskError as error:
        show_error(error)


def _offer(who: Actor, match: _Match, form: PatientForm, on_created: Callable[[], None]) -> None:
    if form != match.form:
        st.session_state.pop(_KNOWN)
        st.info("What stands in the form has changed: look for a match again.")
        return
    st.warning(
        f"**Metriport knows this person already:** {markdown_text(match.person.full_name)}, "
        f"born {markdown_text(match.person.dob)}. Nothing was created.",
        icon=":material/person_check:",
    )
    with st.container(horizontal=True):
        if st.form_submit_button("Open this person"):
            _open(match.person, on_created)
        if st.form_submit_button("Somebody else: create anyway"):
            try:
                _open(desk().patients.create(who, form), on_created)
            except AccessDeskError as error:
                show_error(error)


def _open(patient: Patient, on_created: Callable[[], None]) -> None:
    st.session_state.pop(_KNOWN, None)
    on_created()
    open_place(Place(PlaceKind.PATIENT, patient.id))
