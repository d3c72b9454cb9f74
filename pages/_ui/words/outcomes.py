"""What charts call their buckets, errors and results, as plain text.

Whoever writes it on a figure or a page escapes it: types, words and errors are from outside.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from pages._ui.words.names import PURPOSES, source_name
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, States, StateWords
from services.outcomes.frames import NO_RECORDS
from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.queries.filters import MIXED, OF_QUERY

OUTCOMES: States = {
    **QUERY_STATES,
    NO_RECORDS: StateWords(
        "No records", "folder_off", "gray", "It completed, and no records were found."
    ),
    HIDDEN_FAILURE: StateWords(
        "Hidden failure",
        "visibility_off",
        "orange",
        "Metriport calls it partial although every source that it names completed.",
    ),
}
"""Of a network query, as charts count it: what is no success is not among the completed ones."""

RECORDS_FOUND: States = {
    "some": StateWords("Records found", "folder", "green"),
    "none": StateWords("No records", "folder_off", "gray"),
    "not_counted": StateWords("Not counted", "help", "violet", "Nobody has fetched the records."),
}
"""Of the records after a completed query."""

SOURCE_RESULTS: States = {
    **SOURCE_STATES,
    MIXED: StateWords(
        "Mixed", "incomplete_circle", "orange", "Providers of this source ended differently."
    ),
}
"""Of a source of a query as a whole, over its providers."""


def purposes_in_order(found: Iterable[str]) -> list[str]:
    """The purposes of use that were found, in the order in which charts show them."""
    known = list(PURPOSES)
    places = {purpose: place for place, purpose in enumerate(known)}
    return sorted(set(found), key=lambda purpose: (places.get(purpose, len(known)), purpose))


def bucket_tick(start: pd.Timestamp, bucket: str) -> str:
    """A bucket, by its local start, as short as an axis needs it."""
    if bucket == "month":
        return f"{start:%b} {start:%Y}"
    return f"{start:%H:%M}" if bucket == "hour" else f"{start:%b} {start.day}"


def bucket_name(start: pd.Timestamp, bucket: str, *, whole: bool = True) -> str:
    """A bucket, by its local start, with all that tells it from others.

    A bucket of which the period holds a part only says so: its bar is lower than it will be.
    """
    return _span(start, bucket) + ("" if whole else " (in part)")


def _span(start: pd.Timestamp, bucket: str) -> str:
    first = start.date()
    if bucket == "hour":
        # When clocks are set back, only the zone's short name tells one hour from the next.
        return f"{_day(first)}, {start:%H:%M %Z}"
    if bucket == "month":
        return f"{start:%B} {start.year}"
    if bucket == "week":
        return f"{_day(first)} to {_day(first + timedelta(days=6))}"
    return _day(first)


def _day(day: date) -> str:
    return f"{day:%a}, {day:%b} {day.day}"


def note_on_parts(table: pd.DataFrame, bucket: str) -> str:
    """Which days or weeks of queries over time are low because the period has only a part of them.

    Empty where there is none; of hours, those to come are seen to be empty.
    """
    bars = table.drop_duplicates("start")
    if bars.empty or bucket == "hour":
        return ""
    first, last = bars.iloc[0], bars.iloc[-1]
    parts = []
    if first["since"] > first["start"]:
        parts.append(f"The first {bucket} lies only partly in this period.")
    if not last["whole"]:
        parts.append(f"The last {bucket} is not over.")
    return " ".join(parts)


def error_name(where: str, error: str, status: int | None) -> str:
    """An error with what it is of, and its HTTP status if it has one."""
    of = "Query" if where == OF_QUERY else source_name(where)
    return f"{of}{f' ({status})' if status is not None else ''}: {error}"
