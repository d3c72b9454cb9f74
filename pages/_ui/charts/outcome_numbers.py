"""The tables of `services.outcomes` as lists: a row for each mark of the chart. Pure."""

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.mark_links import (
    Address,
    bucket_link,
    completed_link,
    error_link,
    result_link,
)
from pages._ui.charts.style import ordered
from pages._ui.list.cells import Column, Kind
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outcomes import SOURCE_RESULTS, bucket_name, purposes_in_order
from pages._ui.words.states import QUERY_STATES, words_of
from pages._ui.words.times import duration
from services.queries.filters import OF_QUERY

QUERIES = Column("Queries", Kind.NUMBER)
STATUS_COLUMNS = [Column("When"), Column("Purpose"), Column("Status", Kind.STATE), QUERIES]
SOURCE_COLUMNS = [
    Column("Source"),
    Column("Result", Kind.STATE),
    Column("Share", Kind.SHARE),
    QUERIES,
]
DURATION_COLUMNS = [
    Column("Source"),
    Column("Median"),
    Column("90th percentile"),
    Column("99th percentile"),
    Column("Timed attempts", Kind.NUMBER),
    Column("Queries", Kind.NUMBER, help="Queries for which the source completed."),
]
ERROR_COLUMNS = [Column("Error"), Column("Of"), Column("HTTP status"), QUERIES]


def status_rows(table: pd.DataFrame, bucket: str, zone: ZoneInfo) -> list[NumbersRow]:
    """The bars of queries over time, without those of no height; the newest come first."""
    shown = table[table["queries"] > 0]
    purposes, statuses = purposes_in_order(shown["purpose"]), ordered(shown["status"])
    lines = sorted(
        shown.to_dict("records"),
        key=lambda line: (
            -line["start"].timestamp(),
            purposes.index(line["purpose"]),
            statuses.index(line["status"]),
        ),
    )
    return [
        NumbersRow(
            [
                bucket_name(line["start"], bucket, whole=line["whole"]),
                purpose_name(line["purpose"]),
                words_of(QUERY_STATES, line["status"]),
                int(line["queries"]),
            ],
            bucket_link(line["purpose"], line["status"], line["since"], line["until"], zone),
        )
        for line in lines
    ]


def source_rows(table: pd.DataFrame, within: Address) -> list[NumbersRow]:
    """The pieces of the bars of sources, in the order in which they are drawn."""
    results = ordered(table["result"])
    lines = sorted(
        table.to_dict("records"), key=lambda line: (line["type"], results.index(line["result"]))
    )
    return [
        NumbersRow(
            [
                source_name(line["type"]),
                words_of(SOURCE_RESULTS, line["result"]),
                float(line["share"]),
                int(line["queries"]),
            ],
            result_link(line["type"], line["result"], within),
        )
        for line in lines
    ]


def duration_rows(table: pd.DataFrame, within: Address) -> list[NumbersRow]:
    """The marks of durations, a row for each source."""
    return [
        NumbersRow(
            [
                source_name(line["type"]),
                *(duration(line[column]) for column in ("median", "p90", "p99")),
                int(line["attempts"]),
                int(line["queries"]),
            ],
            completed_link(line["type"], within),
        )
        for line in table.sort_values("type").to_dict("records")
    ]


def error_rows(table: pd.DataFrame, within: Address) -> list[NumbersRow]:
    """The bars of errors, the most frequent first."""
    return [_error_row(line, within) for line in table.to_dict("records")]


def _error_row(line: dict[Any, Any], within: Address) -> NumbersRow:
    status = None if pd.isna(line["status"]) else int(line["status"])
    where = "Query" if line["where"] == OF_QUERY else source_name(line["where"])
    return NumbersRow(
        [line["error"], where, "" if status is None else str(status), int(line["queries"])],
        error_link(line["where"], line["error"], status, within),
    )
