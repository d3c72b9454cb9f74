"""The dialog that creates a patient, after Metriport was asked for the same person."""

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.frame.errors import show_error
from pages._ui.words.outside import markdown_text
from services.bootstrap import desk
from services.errors import AccessDeskError, InvalidInput
from services.metriport.schemas import Facility, Patient
from services.patients.form import GENDERS, STATE_NAMES, PatientForm
from services.staff.permissions import Actor

_KNOWN = "new_patient_known"


def open_new_patient(
    who: Actor, facilities: Mapping[str, Facility], on_created: Callable[[], None]
) -> None:
    """Open the dialog. `facilities` are by id; `on_created` is called before the new person's
    page is opened."""
    st.session_state.pop(_KNOWN, None)
    _new_patient(who, facilities, on_created)


@st.dialog("New patient", width="large", icon=":material/person_add:")
def _new_patient(
    who: Actor, facilities: Mapping[str, Facility], on_created: Callable[[], None]
) -> None:
    """Ask for a person's demographics, and create them unless Metriport knows them already."""
    st.caption("Metriport is asked for the same person first, so that nobody is created twice.")
    with st.form("new_patient", border=False):
        marks: dict[str, DeltaGenerator] = {}
        form = _fields(facilities, marks)
        pressed = st.form_submit_button("Look for a match and create", type="primary")
    outcome = st.container()
    with outcome:
        if pressed:
            _create_unless_known(who, form, marks, on_created)
        known: Patient | None = st.session_state.get(_KNOWN)
        if known is not None:
            _offer_known(who, known, form, on_created)


def _fields(facilities: Mapping[str, Facility], marks: dict[str, DeltaGenerator]) -> PatientForm:
    """Draw the fields; `marks` is filled with the place below each, by its name."""

    def text(where: DeltaGenerator, name: str, label: str, hint: str) -> str:
        entered = where.text_input(label, placeholder=hint, key=f"new_patient_{name}")
        marks[name] = where.empty()
        return entered or ""

    def choice(where: DeltaGenerator, name: str, label: str, labels: Mapping[str, str]) -> str:
        chosen = where.selectbox(
            label,
            list(labels),
            index=None,
            format_func=lambda option: labels[option],
            key=f"new_patient_{name}",
        )
        marks[name] = where.empty()
        return chosen or ""

    names, origins = st.columns(2), st.columns([2, 2, 3])
    streets, places = st.columns(2), st.columns([3, 2, 2])
    contacts = st.columns(2)
    facility_names = {key: facility.name for key, facility in facilities.items()}
    return PatientForm(
        first_name=text(names[0], "first_name", "First name", "Jane"),
        last_name=text(names[1], "last_name", "Last name", "Smith"),
        dob=text(origins[0], "dob", "Date of birth", "YYYY-MM-DD"),
        gender_at_birth=choice(origins[1], "gender_at_birth", "Sex at birth", GENDERS),
        facility_id=choice(origins[2], "facility_id", "Facility", facility_names),
        address_line1=text(streets[0], "address_line1", "Street", "123 Dusty Depot Ave"),
        address_line2=text(streets[1], "address_line2", "Apartment (optional)", ""),
        city=text(places[0], "city", "City", "Springfield"),
        state=choice(
            places[1],
            "state",
            "State",
            {code: f"{name} ({code})" for code, name in STATE_NAMES.items()},
        ),
        zip=text(places[2], "zip", "ZIP", "97403"),
        phone=text(contacts[0], "phone", "Phone (optional)", "541-555-0123"),
        email=text(contacts[1], "email", "E-mail (optional)", "name@example.com"),
        external_id=text(contacts[0], "external_id", "External id (optional)", "MRN-100001"),
    )


def _create_unless_known(
    who: Actor,
    form: PatientForm,
    marks: Mapping[str, DeltaGenerator],
    on_created: Callable[[], None],
) -> None:
    st.session_state.pop(_KNOWN, None)
    try:
        known = desk().patients.match(who, form)
        if known is None:
            _open(desk().patients.create(who, form), on_created)
        st.session_state[_KNOWN] = known
    except InvalidInput as error:
        for name, reason in error.fields.items():
            marks[name].markdown(f":red[:material/error: {markdown_text(reason)}]")
        show_error(error)
    except AccessDeskError as error:
        show_error(error)


def _offer_known(
    who: Actor, known: Patient, form: PatientForm, on_created: Callable[[], None]
) -> None:
    st.warning(
        f"**Metriport knows this person already:** {markdown_text(known.full_name)}, "
        f"born {markdown_text(known.dob)}. Nothing was created.",
        icon=":material/person_check:",
    )
    with st.container(horizontal=True):
        if st.button("Open this person", type="primary"):
            _open(known, on_created)
        if st.button("Somebody else: create anyway"):
            try:
                _open(desk().patients.create(who, form), on_created)
            except AccessDeskError as error:
                show_error(error)


def _open(patient: Patient, on_created: Callable[[], None]) -> None:
    st.session_state.pop(_KNOWN, None)
    on_created()
    st.switch_page("patient.py", query_params={"patient": patient.id})
