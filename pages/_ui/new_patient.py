"""The dialog that creates a patient, after looking for the same person upstream."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.errors import show_error
from pages._ui.status import escaped
from services.bootstrap import desk
from services.errors import AccessDeskError, InvalidInput
from services.metriport.schemas import Facility, Patient
from services.patients.form import GENDERS, STATES, PatientForm
from services.staff.permissions import Actor

_KNOWN = "new_patient_known"


@st.dialog("New patient", width="large", icon=":material/person_add:")
def new_patient(who: Actor, facilities: Mapping[str, Facility]) -> None:
    """Ask for a person's demographics, look for a match, then create."""
    st.caption("Metriport is asked for the same person first, so that nobody is created twice.")
    with st.form("new_patient", border=False):
        marks: dict[str, DeltaGenerator] = {}
        form = _fields(facilities, marks)
        pressed = st.form_submit_button("StateLook for a match and create", type="primary")
    outcome = st.container()
    with outcome:
        if pressed:
            _create_unless_known(who, form, marks)
        known: Patient | None = st.session_state.get(_KNOWN)
        if known is not None:
            _offer(who, known, form)


def _fields(facilities: Mapping[str, Facility], marks: dict[str, DeltaGenerator]) -> PatientForm:
    def text(where: DeltaGenerator, name: str, label: str, hint: str) -> str:
        typed = where.text_input(label, placeholder=hint, key=f"new_patient_{name}")
        marks[name] = where.empty()
        return typed or ""

    def choice(where: DeltaGenerator, name: str, label: str, names: Mapping[str, str]) -> str:
        chosen = where.selectbox(
            label,
            list(names),
            index=None,
            format_func=lambda one: names[one],
            key=f"new_patient_{name}",
        )
        marks[name] = where.empty()
        return chosen or ""

    one, two = st.columns(2)
    three, four, five = st.columns([2, 2, 3])
    six, seven = st.columns(2)
    eight, nine, ten = st.columns([3, 2, 2])
    eleven, twelve = st.columns(2)
    return PatientForm(
        first_name=text(one, "first_name", "First name", "Jane"),
        last_name=text(two, "last_name", "Last name", "Smith"),
        dob=text(three, "dob", "Date of birth", "YYYY-MM-DD"),
        gender_at_birth=choice(four, "gender_at_birth", "Sex at birth", GENDERS),
        facility_id=choice(
            five, "facility_id", "Facility", {key: one.name for key, one in facilities.items()}
        ),
        address_line1=text(six, "address_line1", "Street", "123 Dusty Depot Ave"),
        address_line2=text(seven, "address_line2", "Apartment (optional)", ""),
        city=text(eight, "city", "City", "Springfield"),
        state=choice(nine, "state", "State", {state: state for state in STATES}),
        zip=text(ten, "zip", "ZIP", "97403"),
        phone=text(eleven, "phone", "Phone (optional)", "541-555-0123"),
        email=text(twelve, "email", "E-mail (optional)", "name@example.com"),
        external_id=text(eleven, "external_id", "External id (optional)", "MRN-100001"),
    )


def _create_unless_known(
    who: Actor,
    form: PatientForm,
    marks: Mapping[str, DeltaGenerator],
) -> None:
    st.session_state.pop(_KNOWN, None)
    try:
        known = desk().patients.match(who, form)
        if known is None:
            _open(desk().patients.create(who, form))
        st.session_state[_KNOWN] = known
    except InvalidInput as error:
        for name, reason in error.fields.items():
            marks[name].markdown(f":red[:material/error: {reason}]")
        show_error(error)
    except AccessDeskError as error:
        show_error(error)


def _offer(who: Actor, known: Patient, form: PatientForm) -> None:
    st.warning(
        f"**Metriport knows this person already:** {escaped(known.full_name)}, "
        f"born {escaped(known.dob)}. Nothing was created.",
        icon=":material/person_check:",
    )
    with st.container(horizontal=True):
        if st.button("Open this person", type="primary"):
            _open(known)
        if st.button("Somebody else: create anyway"):
            try:
                _open(desk().patients.create(who, form))
            except AccessDeskError as error:
                show_error(error)


def _open(patient: Patient) -> None:
    st.session_state.pop(_KNOWN, None)
    st.session_state.pop("patients_results", None)
    st.switch_page("patient.py", query_params={"patient": patient.id})
