"""One person: who they are, how far they are on the way to their records, and their queries."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from pages._ui.access_stepper import access_stepper
from pages._ui.dialogs import asked_for
from pages._ui.errors import show_error
from pages._ui.live import live
from pages._ui.queries_table import queries_table
from pages._ui.query_card import query_card
from pages._ui.records_panel import is_under_way, records_panel
from pages._ui.send_link import CHALLENGE, VERIFICATION, link_dialog
from pages._ui.start_query import ask_to_start, ias_dialog, treatment_dialog
from pages._ui.status import escaped
from pages._ui.timeline_table import timeline_table
from pages._ui.verdict_panel import verdict_panel
from pages._ui.viewer import actor, remembered
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.patients.form import GENDERS
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryPage
from services.queries.requests import IAS, TREATMENT
from services.records.rows import RecordRequest
from services.staff.permissions import Permission

_FAST, _SLOW = 2, 6
"""Seconds between two looks at the log: while something is under way, and otherwise."""

_MOVING = ("link_ready", "opened", "returned", "active")
"""States of identity and challenge that end by themselves or by the person."""


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
        if who.may(Permission.QUERIES_START) and st.button(
            "Start treatment query", icon=":material/travel_explore:"
        ):
            ask_to_start(TREATMENT, patient.id)
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


def _dialogs() -> None:
    name = asked_for(patient.id)
    if name == TREATMENT:
        names = {one: named.get(one, one) for one in patient.facility_ids} or named
        treatment_dialog(who, patient, names)
    elif name == IAS:
        ias_dialog(who, patient)
    elif name in (VERIFICATION, CHALLENGE):
        link_dialog(who, patient.id, name)


def _follow() -> None:
    """What changes by itself: the steps, the latest query, the records."""
    access = desk().identity.of_person(who, patient.id)
    page = desk().queries.watch_page(who, filters)
    requests = desk().records.of_patient(who, patient.id)
    if st.session_state["patient_seen"] != _seen(access, page, requests):
        # What stands below is drawn anew as well, and looked at more often, or less.
        st.rerun()
    verdict_panel(who, desk().cases.diagnose(who, [patient])[patient.id], patient.id)
    access_stepper(who, patient, access)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Latest query")
        if page.rows:
            for row in [one for one in page.rows if one.running] or page.rows[:1]:
                query_card(row, desk().clock())
        else:
            st.caption("Nobody has queried for this person yet.")
    with right:
        records_panel(who, patient.id, requests)


def _seen(
    access: PersonAccess, page: QueryPage, requests: Sequence[RecordRequest]
) -> tuple[object, ...]:
    """Whether something is under way, and every state that the page shows."""
    on_the_way = access.identity in _MOVING or access.aal2 in _MOVING
    queried = any(row.query.next_check_at for row in page.rows[:20])
    moving = on_the_way or queried or is_under_way(requests)
    queries = [(row.query.status, [one.status for one in row.sources]) for row in page.rows[:20]]
    asked = [(one.status, one.counted_at) for one in requests]
    return moving, access.identity, access.aal2, queries, asked


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
    if verdict := desk().cases.of_error(error):
        verdict_panel(who, verdict, patient_id)
    show_error(error)
    st.stop()

named = {one.id: one.name for one in listed}
filters = QueryFilters(patient_id=patient.id)
_header(patient)
_ids(patient)

remembered(f"queries of {patient.id}", 60, lambda: desk().queries.search(who, filters) and True)
now_page = desk().queries.watch_page(who, filters)
now_access = desk().identity.of_person(who, patient.id)
seen = _seen(now_access, now_page, desk().records.of_patient(who, patient.id))
st.session_state["patient_seen"] = seen
live(_follow, _FAST if seen[0] else _SLOW)()
_dialogs()

st.subheader("All queries")
queries_table(now_page.rows, key="patient_queries", hidden=["Patient"])
st.subheader("Timeline")
timeline_table(who, desk().timeline.of_patient(who, patient.id), patient.id)
