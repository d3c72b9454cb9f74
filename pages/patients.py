"""Patients: find a person, or create one."""

import pandas as pd
import streamlit as st

from pages._ui.errors import errors_shown, show_error
from pages._ui.new_patient import new_patient
from pages._ui.viewer import actor, remembered
from pages._ui.words import short
from services.access import Permission
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.metriport.schemas import Facility, Patient, PatientPage
from services.patient_form import GENDERS

_RESULTS = "patients_results"
_FIRST = "patients_first"


def _facilities() -> dict[str, Facility]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {one.id: one for one in listed}
    return {}


def _search(text: str, facility_id: str | None) -> None:
    try:
        page = desk().patients.search(who, text, facility_id)
    except AccessDeskError as error:
        show_error(error)
        return
    st.session_state[_RESULTS] = page
    st.session_state[_FIRST] = (1, page.meta.items_in_total)


def _turn(url: str, first: int) -> None:
    with errors_shown():
        st.session_state[_RESULTS] = desk().patients.turn(who, url)
        st.session_state[_FIRST] = (first, st.session_state[_FIRST][1])


def _table(patients: list[Patient]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Name": [one.full_name or "(no name)" for one in patients],
            "Born": [one.dob for one in patients],
            "Sex": [GENDERS.get(one.gender_at_birth, one.gender_at_birth) for one in patients],
            "Place": [_place(one) for one in patients],
            "Facility": [_facility_names(one) for one in patients],
            "External id": [one.external_id or "—" for one in patients],
            "Patient id": [short(one.id) for one in patients],
        }
    )


def _place(patient: Patient) -> str:
    if not patient.address:
        return "—"
    first = patient.address[0]
    return ", ".join(part for part in (first.city, first.state) if part) or "—"


def _facility_names(patient: Patient) -> str:
    named = [facilities[one].name if one in facilities else one for one in patient.facility_ids]
    return ", ".join(named) or "—"


def _show(page: PatientPage) -> None:
    st.dataframe(
        _table(page.patients),
        hide_index=True,
        key="patients_table",
        alt="Patients that match the search",
        height=min(35 * (len(page.patients) + 1) + 2, 35 * 26 + 2),
        column_config={
            "Name": st.column_config.ButtonColumn(
                type="tertiary", key="patients_open", alignment="left", width=180
            ),
            "Born": st.column_config.TextColumn(width=92),
            "Sex": st.column_config.TextColumn(width=70),
            "Place": st.column_config.TextColumn(width=118),
            "Facility": st.column_config.TextColumn(width=185),
            "External id": st.column_config.TextColumn(width=98),
            "Patient id": st.column_config.TextColumn(width=100),
        },
    )
    clicked = st.session_state.get("patients_open")
    if clicked is not None:
        st.switch_page("patient.py", query_params={"patient": page.patients[clicked["row"]].id})


def _turning(page: PatientPage) -> None:
    first, total = st.session_state[_FIRST]
    last = first + len(page.patients) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{first:,}–{last:,} of {total:,}" if total is not None else f"{first:,}–{last:,}"
        )
        st.space("stretch")
        if st.button("Previous", icon=":material/chevron_left:", disabled=not page.meta.prev_page):
            _turn(str(page.meta.prev_page), max(1, first - 25))
            st.rerun()
        if st.button("Next", icon=":material/chevron_right:", disabled=not page.meta.next_page):
            _turn(str(page.meta.next_page), last + 1)
            st.rerun()


who = actor()
facilities = _facilities()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Patients")
    if who.may(Permission.PATIENTS_CREATE) and st.button(
        "New patient", icon=":material/person_add:"
    ):
        st.session_state.pop("new_patient_known", None)
        new_patient(who, facilities)

with st.form("patients_search", border=False):
    left, middle, right = st.columns([5, 3, 1], vertical_alignment="bottom")
    text = left.text_input(
        "Search",
        type="search",
        icon=":material/search:",
        placeholder="Name, date of birth, external id or patient id",
        help="All words must occur, in any order. Use quotes for an exact phrase, `or` between "
        "alternatives and `-word` to leave out. A date of birth may be partial: 1996, 1996-02.",
    )
    facility_id = middle.selectbox(
        "Facility",
        list(facilities),
        index=None,
        format_func=lambda one: facilities[one].name,
        placeholder="All facilities",
    )
    asked = right.form_submit_button("Search", type="primary", width="stretch")

if asked or _RESULTS not in st.session_state:
    _search(text or "", facility_id)

results: PatientPage | None = st.session_state.get(_RESULTS)
if results is None:
    st.caption("Nothing could be read from Metriport. Search again to retry.")
elif not results.patients:
    st.info(
        "Nobody matches. Try fewer words, or part of the date of birth such as 1996-02.",
        icon=":material/person_search:",
    )
else:
    _show(results)
    _turning(results)
