"""The results of a search for patients, kept in the session between clicks and visits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.list.patients_table import patients_table
from pages._ui.panels.search_report import also_try, search_report
from services.desk import desk
from services.errors import AccessDeskError
from services.metriport.schemas import Patient
from services.patients.search.patient_search import (
    ENOUGH,
    SearchReport,
    SearchRequest,
    SearchResults,
)
from services.staff.looks import ONE_LOOK
from services.staff.permissions import Actor

_REQUESTED = "patients_requested"
_RESULTS = "patients_results"


@dataclass(frozen=True)
class _Results:
    """One page of people. `first` is the number of its first person, `total` that of all.

    `report` is that of the first page, `read_at` (UTC) when this page was read.
    """

    request: SearchRequest
    found: SearchResults
    report: SearchReport
    first: int
    total: int | None
    read_at: datetime


def search_if_new(who: Actor, request: SearchRequest, *, again: bool) -> None:
    """Search, unless the session holds the results of this request; `again` searches anyway."""
    is_same = st.session_state.get(_REQUESTED) == request
    if is_same and not again and not _is_over():
        return
    # People of an earlier search must not stand below the error of this one. And a run that a
    # click cuts short has searched for nothing: the next one searches again.
    forget_results()
    try:
        with st.spinner("Asking Metriport …"):
            found = desk().patient_search.search(who, request)
    except AccessDeskError as error:
        st.session_state[_REQUESTED] = request
        show_error(error)
        return
    st.session_state[_REQUESTED] = request
    st.session_state[_RESULTS] = _Results(
        request, found, found.report, 1, found.total, desk().clock()
    )


def _is_over() -> bool:
    """Whether the look that was noted is over, or somebody who is shown was corrected since."""
    results: _Results | None = st.session_state.get(_RESULTS)
    if results is None:
        return False
    is_another_look = desk().clock() - results.read_at >= ONE_LOOK
    return is_another_look or desk().patient_search.is_outdated(results.found)


def forget_results() -> None:
    """Have the next look at Patients search again."""
    st.session_state.pop(_REQUESTED, None)
    st.session_state.pop(_RESULTS, None)


def patient_results(
    who: Actor, search_for: Callable[[str], None], drop_filters: Callable[[], None]
) -> None:
    """Draw the people of the newest search, and what was searched and what was not.

    `search_for` has another text searched for, `drop_filters` the same one among all people.
    """
    results: _Results | None = st.session_state.get(_RESULTS)
    if results is None:
        st.caption("Nothing could be read from Metriport. Search again to retry.")
        return
    filtered = results.request.is_filtered
    search_report(results.report, search_for, filtered=filtered)
    similar = results.report.similar if results.first == 1 else []
    if results.found.patients or results.found.next_page:
        _found(who, results)
    elif not similar and not results.report.terms.is_empty:
        st.info(
            "Nobody was found this way, but the person may still exist: Metriport compares whole "
            "words, and parts and misspellings are found only among the names read so far, which "
            "leave out people who opted out of HIE exchange.",
            icon=":material/person_search:",
        )
    if similar:
        st.markdown("**People with similar names**")
        _people(who, similar, key="similar_patients", caption="People with similar names")
    found_any = results.found.patients or similar
    also_try(results.report, search_for, drop_filters if filtered and not found_any else None)


def _found(who: Actor, results: _Results) -> None:
    found = results.found
    if found.patients:
        _people(who, found.patients, key="patients", caption="Patients that match the search")
    else:
        st.info(
            f"None of the {found.looked_through:,} people looked through is in that state. "
            "Go on with Next, or search for a name.",
            icon=":material/person_search:",
        )
    _paging(who, results)


def _people(who: Actor, people: list[Patient], *, key: str, caption: str) -> None:
    standings = desk().identity.standings(who, [person.id for person in people])
    verdicts = desk().cases.diagnose(who, people)
    patients_table(people, standings, verdicts, key=key, caption=caption)


def _paging(who: Actor, results: _Results) -> None:
    found, first = results.found, results.first
    last = first + len(found.patients) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_describe(results, last))
        st.space("stretch")
        # A search by state looks through people one way only.
        if not results.request.by_state and st.button(
            "Previous", icon=":material/chevron_left:", disabled=not found.prev_page
        ):
            _turn(who, results, str(found.prev_page), max(1, first - ENOUGH))
        if st.button("Next", icon=":material/chevron_right:", disabled=not found.next_page):
            _turn(who, results, str(found.next_page), last + 1)


def _describe(results: _Results, last: int) -> str:
    found = results.found
    shown = f"{results.first:,}–{last:,}" if found.patients else "Nobody yet"
    total = f" of {results.total:,}" if results.total is not None else ""
    looked = f" · {found.looked_through:,} looked through" if found.looked_through else ""
    return shown + total + looked


def _turn(who: Actor, results: _Results, url: str, first: int) -> None:
    """Go to the page of upstream at `url`, whose first person has the number `first`."""
    try:
        with st.spinner("Asking Metriport …"):
            found = desk().patient_search.turn(who, results.request, url)
    except AccessDeskError as error:
        show_error(error)
        return
    st.session_state[_RESULTS] = replace(results, found=found, first=first, read_at=desk().clock())
    st.rerun()
