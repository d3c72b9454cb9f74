"""Filters of the Queries page that only a link sets: what its controls cannot say exactly.

A mark of a chart may stand for an hour, for a word of upstream that is new here, or for one error
of one source. `exact_filters` reads what `pages/_ui/charts/mark_links.py` writes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.list.paging import forget_cursor
from pages._ui.words.names import source_name
from pages._ui.words.outcomes import OUTCOMES, SOURCE_RESULTS, error_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import label
from pages._ui.words.times import exact
from services.queries.filters import NO_FACILITY, QueryFilters

SINCE, UNTIL = "since", "until"
STATUS, PURPOSE, SOURCE = "is_status", "is_purpose", "is_source"
RESULT = "result"
OUTCOME, FACILITY, TESTS, ORIGIN = "is_outcome", "is_facility", "tests", "is_origin"
WITHOUT_TESTS = "out"
"""The value of `TESTS` that leaves out people of a test."""
ERROR, ERROR_IN, ERROR_STATUS = "error", "error_in", "error_status"
_PATIENT, _STARTED_BY = "patient", "by"

_NAMES = {
    _PATIENT: "Patient",
    _STARTED_BY: "Started by",
    STATUS: "Status",
    PURPOSE: "Purpose",
    SOURCE: "Source",
    ORIGIN: "Started in",
}

_LONGEST_LABEL = 80


@dataclass(frozen=True)
class LinkFilters:
    """The link's filters as they are applied, those that are shown, and those not understood.

    `shown` holds a sentence for each button, with the names in the address that it drops.
    """

    filters: QueryFilters
    shown: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...]


def exact_filters(chosen: QueryFilters) -> QueryFilters:
    """`chosen` narrowed by what the link says; draws a button for each filter that drops it."""
    link = read_link(chosen, st.query_params, zone())
    if link.unknown:
        left_out = ", ".join(map(markdown_text, link.unknown))
        st.warning(f"The address has a value that is not understood and left out: {left_out}.")
    if link.shown:
        with st.container(horizontal=True, vertical_alignment="center"):
            for text, names in link.shown.items():
                _drop_button(text, names)
    return link.filters


def read_link(chosen: QueryFilters, values: Mapping[str, str], area: ZoneInfo) -> LinkFilters:
    """What a link's `values` add to the filters that were `chosen` on the page. Pure."""
    unknown: list[str] = []
    since = _read(values, SINCE, _moment, unknown)
    until = _read(values, UNTIL, _moment, unknown)
    status = _read(values, ERROR_STATUS, int, unknown)
    source = chosen.source or values.get(SOURCE)
    filters = replace(
        chosen,
        patient_id=values.get(_PATIENT),
        started_by_id=values.get(_STARTED_BY),
        since=max(filter(None, (chosen.since, since)), default=None),
        until=min(filter(None, (chosen.until, until)), default=None),
        statuses=chosen.statuses + _one(values, STATUS),
        purposes=chosen.purposes + _one(values, PURPOSE),
        source=source,
        source_result=values.get(RESULT),
        outcome=values.get(OUTCOME),
        facility_id=chosen.facility_id or values.get(FACILITY),
        origin=chosen.origin or values.get(ORIGIN),
        without_tests=values.get(TESTS) == WITHOUT_TESTS,
        error=values.get(ERROR),
        error_in=values.get(ERROR_IN),
        error_status=status,
    )
    return LinkFilters(filters, _sentences(values, filters, since, until, area), tuple(unknown))


def _sentences(
    values: Mapping[str, str],
    filters: QueryFilters,
    since: datetime | None,
    until: datetime | None,
    area: ZoneInfo,
) -> dict[str, tuple[str, ...]]:
    shown: dict[str, tuple[str, ...]] = {}
    if since or until:
        bounds = [f"from {exact(since, area)}"] if since else []
        bounds += [f"before {exact(until, area)}"] if until else []
        shown["Submitted " + " and ".join(bounds)] = (SINCE, UNTIL)
    for name, what in _NAMES.items():
        if name in values:
            shown[f"{what}: {values[name]}"] = (name,)
    if filters.outcome:
        shown[f"Outcome: {label(OUTCOMES, filters.outcome)}"] = (OUTCOME,)
    if FACILITY in values:
        is_unknown = values[FACILITY] == NO_FACILITY
        shown["No facility" if is_unknown else f"Facility: {values[FACILITY]}"] = (FACILITY,)
    if filters.without_tests:
        shown["Without people of a test"] = (TESTS,)
    if filters.source_result:
        of = source_name(filters.source) if filters.source else "Source"
        shown[f"{of} as a whole: {label(SOURCE_RESULTS, filters.source_result)}"] = (RESULT,)
    if filters.error:
        where, status = filters.error_in, filters.error_status
        text = error_name(where, filters.error, status) if where else f"Error: {filters.error}"
        shown[text] = (ERROR, ERROR_IN, ERROR_STATUS)
    return shown


def _read(
    values: Mapping[str, str], name: str, read: Callable[[str], Any], unknown: list[str]
) -> Any:
    """The value of that name, or None; one that cannot be read is added to `unknown`."""
    try:
        return read(values[name]) if name in values else None
    except ValueError:
        unknown.append(name)
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A time without a zone is no moment.")
    return moment


def _one(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return (values[name],) if name in values else ()


def _drop_button(text: str, names: tuple[str, ...]) -> None:
    shown = text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
    st.button(
        markdown_text(shown),
        icon=":material/close:",
        key=f"drop_{names[0]}",
        on_click=_drop,
        args=(names,),
    )


def _drop(names: tuple[str, ...]) -> None:
    forget_cursor()
    for name in names:
        st.query_params.pop(name, None)
