"""One person: who they are, their queries as they run, and what records there are."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from pages._ui.errors import show_error
from pages._ui.queries_table import queries_table
from pages._ui.query_card import query_card
from pages._ui.records_panel import is_under_way, records_panel
from pages._ui.start_treatment import offer_treatment
from pages._ui.status import escaped
from pages._ui.viewer import actor, remembered
from services.access import Permission
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.log_rows import RecordRequest
from services.metriport.schemas import Patient
from services.patient_form import GENDERS
from services.queries import QueryPage
from services.query_filters import QueryFilters


def _age(dob: str, today: date) -> str:
    try:
        born = date.fromisoformat(dob)
    except ValueError:
        return ""
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f" ({years})"


def _header(patient: Patient) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        st.title(escaped(patient.full_name) or "(no name)")
        born = f"Born {patient.dob}{_age(patient.dob, desk().clock().date())}"
        sex = GENDERS.get(patient.gender_at_birth, patient.gender_at_birth)
        st.markdown(escaped(" · ".join(part for part in (born, sex, _address(patient)) if part)))
    with right, st.container(horizontal_alignment="right"):
        if who.may(Permission.QUERIES_START):
            names = {one: named.get(one, one) for one in patient.facility_ids} or named
            offer_treatment(who, patient, names)
    if patient.hie_opt_out:
        st.warning(
            "**Opted out of HIE exchange.** HIE sources will not be asked for this person; "
            "pharmacy and laboratory still can be.",
            icon=":material/do_not_disturb_on:",
        )


def _address(patient: Patient) -> str:
    if not patient.address:
        return ""
    one = patient.address[0]
    return ", ".join(
        part for part in (one.address_line1, one.city, f"{one.state or ''} {one.zip or ''}") if part
    )


def _ids(patient: Patient) -> None:
    columns = st.columns([4, 2, 3])
    shown = {
        "Patient id": patient.id,
        "External id": patient.external_id or "—",
        "Facility": ", ".join(named.get(one, one) for one in patient.facility_ids) or "—",
    }
    for column, (label, value) in zip(columns, shown.items(), strict=True):
        column.caption(label)
        column.code(value, language=None)


def _follow() -> None:
    """What changes by itself; runs again every two seconds while something is under way."""
    page = desk().queries.watch_page(who, filters)
    requests = desk().records.of_patient(who, patient.id)
    if st.session_state["patient_live"] and not _moves(page, requests):
        # Everything has ended: draw the page once more, without the timer.
        st.rerun()
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Latest query")
        if page.rows:
            for row in [one for one in page.rows if one.running] or page.rows[:1]:
                query_card(row, desk().clock())
        else:
            st.caption("Nobody has queried for this person yet. Start a treatment query above.")
    with right:
        records_panel(who, patient.id, requests)


def _moves(page: QueryPage, requests: Sequence[RecordRequest]) -> bool:
    return any(row.query.next_check_at for row in page.rows[:20]) or is_under_way(requests)


who = actor()
patient_id = st.query_params.get("patient", "")
st.page_link("patients.py", label="Patients", icon=":material/arrow_back:")
if not patient_id:
    st.info("No person is chosen. Search for one first.", icon=":material/person_search:")
    st.stop()

try:
    patient = remembered(f"patient {patient_id}", 60, lambda: desk().patients.open(who, patient_id))
    listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
except AccessDeskError as error:
    st.title("This person cannot be shown")
    show_error(error)
    st.stop()

named = {one.id: one.name for one in listed}
filters = QueryFilters(patient_id=patient.id)
_header(patient)
_ids(patient)

first = remembered(
    f"queries of {patient.id}", 60, lambda: desk().queries.search(who, filters) and True
)
now_page = desk().queries.watch_page(who, filters)
live = _moves(now_page, desk().records.of_patient(who, patient.id))
st.session_state["patient_live"] = live
st.fragment(_follow, run_every=2 if live else None)()

st.subheader("All queries")
queries_table(now_page.rows, key="patient_queries", hidden=["Patient"])
