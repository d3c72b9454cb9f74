"""Patients: find a person and see where they stand, or create one."""

from collections.abc import Mapping
from typing import TypeVar

import pandas as pd
import streamlit as st

from pages._ui.errors import errors_shown, show_error
from pages._ui.new_patient import new_patient
from pages._ui.places import may_open, open_place
from pages._ui.status import look
from pages._ui.tables import height, opened, opener, pills
from pages._ui.verdict_panel import COLOURS, verdict_title
from pages._ui.viewer import actor, remembered
from services.bootstrap import desk
from services.diagnosis.verdict import Verdict
from services.errors import AccessDeskError
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import Standing
from services.metriport.schemas import Facility, Patient
from services.pasted_ids import bare, is_surely_an_id
from services.patients.search import SearchRequest, SearchResults
from services.staff.permissions import Permission

State = TypeVar("State", IdentityState, Aal2State)

_ASKED = "patients_asked"
_RESULTS = "patients_results"
_FIRST = "patients_first"


def _facilities() -> dict[str, Facility]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {one.id: one for one in listed}
    return {}


def _go_to(typed: str) -> bool:
    """Open what an id names; whether there is nothing left to search for."""
    try:
        place = desk().finder.find(who, typed)
    except AccessDeskError as error:
        show_error(error)
        return True
    if place is not None:
        if may_open(who, place):
            open_place(place)
        st.info(
            f"It is the id of a {place.kind.value}, which your role has no page for.",
            icon=":material/lock:",
        )
        return True
    if not is_surely_an_id(bare(typed)):
        return False
    st.info(
        "Nothing has this id, here or at Metriport. It may come from another environment, or not "
        "be copied completely.",
        icon=":material/person_search:",
    )
    return True


def _search(request: SearchRequest) -> None:
    st.session_state[_ASKED] = request
    try:
        found = desk().patient_search.search(who, request)
    except AccessDeskError as error:
        show_error(error)
        return
    st.session_state[_RESULTS] = (request, found)
    st.session_state[_FIRST] = (1, found.total)


def _turn(request: SearchRequest, url: str, first: int) -> None:
    with errors_shown():
        found = desk().patient_search.turn(who, request, url)
        st.session_state[_RESULTS] = (request, found)
        st.session_state[_FIRST] = (first, st.session_state[_FIRST][1])


def _table(
    patients: list[Patient], standings: Mapping[str, Standing], verdicts: Mapping[str, Verdict]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Name": [one.full_name or "(no name)" for one in patients],
            "Born": [one.dob for one in patients],
            "Place": [_place(one) for one in patients],
            "External id": [one.external_id or "—" for one in patients],
            "Identity": [[look(standings[one.id].identity).label] for one in patients],
            "AAL2": [[look(standings[one.id].aal2).label] for one in patients],
            "Verdict": [[verdict_title(verdicts[one.id])] for one in patients],
        }
    )


def _place(patient: Patient) -> str:
    if not patient.address:
        return "—"
    first = patient.address[0]
    return ", ".join(part for part in (first.city, first.state) if part) or "—"


def _show(found: SearchResults) -> None:
    people = found.patients
    standings = desk().identity.standings(who, [one.id for one in people])
    verdicts = desk().cases.diagnose(who, people)
    shown = {verdict_title(one): COLOURS[one.severity] for one in verdicts.values()}
    st.dataframe(
        _table(people, standings, verdicts),
        hide_index=True,
        key="patients_table",
        alt="Patients that match the search",
        height=height(len(people), 25),
        column_config={
            "Name": opener("patients_open", 172),
            "Born": st.column_config.TextColumn(width=90),
            "Place": st.column_config.TextColumn(width=116),
            "External id": st.column_config.TextColumn(width=96),
            "Identity": pills(map(look, IdentityState), 108),
            "AAL2": pills(
                map(look, Aal2State),
                108,
                "A challenge that was satisfied in the company’s own app cannot be seen here.",
            ),
            "Verdict": st.column_config.MultiselectColumn(
                options=list(shown),
                color=list(shown.values()),
                width=150,
                help="Why they cannot get their records, or that they can.",
            ),
        },
    )
    if chosen := opened("patients_open", people):
        st.switch_page("patient.py", query_params={"patient": chosen.id})


def _turning(request: SearchRequest, found: SearchResults) -> None:
    first, total = st.session_state[_FIRST]
    last = first + len(found.patients) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = f"{first:,}–{last:,}" if found.patients else "Nobody yet"
        told = f" of {total:,}" if total is not None else ""
        walked = f" · {found.looked_through:,} looked through" if found.looked_through else ""
        st.caption(shown + told + walked)
        st.space("stretch")
        if not request.by_state and st.button(
            "Previous", icon=":material/chevron_left:", disabled=not found.prev_page
        ):
            _turn(request, str(found.prev_page), max(1, first - 25))
            st.rerun()
        if st.button("Next", icon=":material/chevron_right:", disabled=not found.next_page):
            _turn(request, str(found.next_page), last + 1)
            st.rerun()


def _state_filter(label: str, states: type[State], key: str) -> State | None:
    return st.selectbox(
        label,
        list(states),
        index=None,
        format_func=lambda one: look(one).label,
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
        st.session_state.pop("new_patient_known", None)
        new_patient(who, facilities)

with st.form("patients_search", border=False):
    left, right = st.columns([8, 1], vertical_alignment="bottom")
    text = left.text_input(
        "Search",
        type="search",
        icon=":material/search:",
        placeholder="Name, date of birth, or any id",
        help="Any id goes straight to what it names: of a patient, a request, a message, a "
        "verification (ids_), an identity (pid_), a challenge (aalc_), a call, or one of ours. "
        "All words must occur, in any order. Use quotes for an exact phrase, `or` between "
        "alternatives and `-word` to leave out. A date of birth may be partial: 1996, 1996-02.",
    )
    asked = right.form_submit_button("Search", type="primary", width="stretch")

columns = st.columns([2, 1, 1])
with columns[0]:
    facility_id = st.selectbox(
        "Facility",
        list(facilities),
        index=None,
        format_func=lambda one: facilities[one].name,
        placeholder="All facilities",
        key="facility",
        bind="query-params",
    )
with columns[1]:
    identity = _state_filter("Identity (IAL2)", IdentityState, "identity")
with columns[2]:
    aal2 = _state_filter("AAL2 session", Aal2State, "aal2")

if asked and text and _go_to(text):
    st.stop()
request = SearchRequest(text or "", facility_id, identity, aal2)
if asked or st.session_state.get(_ASKED) != request:
    _search(request)

results: tuple[SearchRequest, SearchResults] | None = st.session_state.get(_RESULTS)
if results is None:
    st.caption("Nothing could be read from Metriport. Search again to retry.")
elif results[1].patients:
    _show(results[1])
    _turning(*results)
elif results[1].next_page:
    st.info(
        f"None of the {results[1].looked_through:,} people looked through stands there. "
        "Go on with Next, or search for a name.",
        icon=":material/person_search:",
    )
    _turning(*results)
else:
    st.info(
        "Nobody matches. Try fewer words, or part of the date of birth such as 1996-02.",
        icon=":material/person_search:",
    )
