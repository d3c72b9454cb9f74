"""The tables of `services.outcomes` as lists: a row for each mark of the chart. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.mark_links import Behind
from pages._ui.charts.style import ordered
from pages._ui.charts.time_axis import local
from pages._ui.list.cells import Cell, Column, Kind
from pages._ui.outcomes.source_figures import keys_of
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outcomes import (
    OUTCOMES,
    RECORDS_FOUND,
    SOURCE_RESULTS,
    bucket_name,
    purposes_in_order,
)
from pages._ui.words.states import words_of
from pages._ui.words.times import duration
from services.outcomes.durations import PERCENTILES
from services.outcomes.frames import NO_RECORDS
from services.outcomes.outcomes import OutcomeView
from services.queries.filters import OF_QUERY

QUERIES = Column("Queries", Kind.NUMBER)
_ATTEMPTS = Column("Timed attempts", Kind.NUMBER)
_SOURCE, _PURPOSE = Column("Source"), Column("Purpose")
_TIMES = (Column("Median"), Column("90th percentile"), Column("99th percentile"))
STATUS_COLUMNS = [Column("When"), Column("Purpose"), Column("Status", Kind.STATE), QUERIES]
RATE_COLUMNS = [
    Column("When"),
    _PURPOSE,
    Column("Completed", Kind.SHARE),
    Column("Completed queries", Kind.NUMBER),
    Column("Ended", Kind.NUMBER),
]
SOURCE_COLUMNS = [
    _SOURCE,
    _PURPOSE,
    Column("Result", Kind.STATE),
    Column("Share", Kind.SHARE),
    QUERIES,
]
SOURCE_TIME_COLUMNS = [
    Column("When"),
    _SOURCE,
    _PURPOSE,
    Column("Completed", Kind.SHARE, help="Of the queries for which the source ended."),
    QUERIES,
]
DURATION_COLUMNS = [
    _SOURCE,
    _PURPOSE,
    *_TIMES,
    _ATTEMPTS,
    Column("Queries", Kind.NUMBER, help="Queries for which the source completed."),
]
DURATION_TIME_COLUMNS = [Column("When"), _SOURCE, _PURPOSE, *_TIMES, _ATTEMPTS]
DISTRIBUTION_COLUMNS = [_SOURCE, _PURPOSE, Column("Took"), Column("Share", Kind.SHARE), _ATTEMPTS]
ERROR_COLUMNS = [
    Column("Error"),
    Column("Of"),
    Column("HTTP status"),
    _PURPOSE,
    Column("First seen"),
    Column("Last seen"),
    Column("Course", help="Queries per bar of the period, from the lowest to the highest number."),
    QUERIES,
]
RECORDS_COLUMNS = [_PURPOSE, Column("Records", Kind.STATE), Column("Share", Kind.SHARE), QUERIES]

_COURSE = " ▁▂▃▄▅▆▇█"
_LONGEST_COURSE = 31

Line = dict[Any, Any]
"""A row of a table: its columns by name."""


def status_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
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
    behind = Behind(view)
    return [
        NumbersRow(
            [
                bucket_name(line["start"], view.bucket, whole=line["whole"]),
                purpose_name(line["purpose"]),
                words_of(OUTCOMES, line["status"]),
                int(line["queries"]),
            ],
            behind.bar(line["purpose"], line["status"], line["since"], line["until"]),
        )
        for line in lines
    ]


def rate_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The points of the completed share over time, the newest first."""
    names, purposes = _names(view), purposes_in_order(table["purpose"])
    lines = sorted(
        table.to_dict("records"),
        key=lambda line: (-line["place"], purposes.index(line["purpose"])),
    )
    return [
        NumbersRow(
            [
                names[line["place"]],
                purpose_name(line["purpose"]),
                float(line["rate"]),
                int(line["completed"]),
                int(line["ended"]),
            ]
        )
        for line in lines
    ]


def source_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The pieces of the bars of sources, in the order in which they are drawn."""
    results, keys, behind = ordered(table["result"]), keys_of(table), Behind(view)
    lines = sorted(
        table.to_dict("records"),
        key=lambda line: (keys.index(_key(line)), results.index(line["result"])),
    )
    return [
        NumbersRow(
            [
                *_key_cells(line),
                words_of(SOURCE_RESULTS, line["result"]),
                float(line["share"]),
                int(line["queries"]),
            ],
            behind.result(line["type"], line["purpose"], line["result"]),
        )
        for line in lines
    ]


def source_time_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The bars of sources over time, the newest first."""
    behind, names = Behind(view), _names(view)
    edges = [*view.edges, view.period.until]
    return [
        NumbersRow(
            [
                names[line["place"]],
                *_key_cells(line),
                None if pd.isna(line["rate"]) else float(line["rate"]),
                int(line["queries"]),
            ],
            behind.source(
                line["type"], line["purpose"], edges[line["place"]], edges[line["place"] + 1]
            ),
        )
        for line in _newest_first(table)
    ]


def duration_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The marks of durations, a row for each source and purpose of use."""
    behind = Behind(view)
    return [
        NumbersRow(
            [
                *_key_cells(line),
                *_percentile_cells(line),
                int(line["attempts"]),
                int(line["queries"]),
            ],
            behind.result(line["type"], line["purpose"], "completed"),
        )
        for line in _by_key(table)
    ]


def duration_time_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The marks of durations over time, the newest first."""
    names = _names(view)
    return [
        NumbersRow(
            [
                names[line["place"]],
                *_key_cells(line),
                *_percentile_cells(line),
                int(line["attempts"]),
            ]
        )
        for line in _newest_first(table)
    ]


def distribution_rows(table: pd.DataFrame) -> list[NumbersRow]:
    """The columns of the distribution of durations that have any height."""
    return [
        NumbersRow(
            [
                *_key_cells(line),
                f"{duration(line['low'])} to {duration(line['high'])}",
                float(line["share"]),
                int(line["attempts"]),
            ]
        )
        for line in _by_key(table[table["attempts"] > 0])
    ]


def error_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The bars of errors, the most frequent first."""
    names = _names(view)
    return [_error_row(line, names, Behind(view)) for line in table.to_dict("records")]


def records_rows(table: pd.DataFrame, view: OutcomeView) -> list[NumbersRow]:
    """The pieces of the bars of completed queries, by their records."""
    behind = Behind(view)
    found = ordered(table["records"])
    purposes = purposes_in_order(table["purpose"])
    lines = sorted(
        table.to_dict("records"),
        key=lambda line: (purposes.index(line["purpose"]), found.index(line["records"])),
    )
    return [
        NumbersRow(
            [
                purpose_name(line["purpose"]),
                words_of(RECORDS_FOUND, line["records"]),
                float(line["share"]),
                int(line["queries"]),
            ],
            behind.outcome(line["purpose"], NO_RECORDS) if line["records"] == "none" else {},
        )
        for line in lines
    ]


def course(numbers: Sequence[int]) -> str:
    """Numbers as a line of small bars of text, in at most 31 of them."""
    step = -(-len(numbers) // _LONGEST_COURSE) or 1
    sums = [sum(numbers[place : place + step]) for place in range(0, len(numbers), step)]
    most = max(sums, default=0) or 1
    last = len(_COURSE) - 1
    return "".join(_COURSE[-(-number * last // most)] for number in sums)


def _error_row(line: Line, names: Sequence[str], behind: Behind) -> NumbersRow:
    status: int | None = None if pd.isna(line["status"]) else int(line["status"])
    where = "Query" if line["where"] == OF_QUERY else source_name(line["where"])
    cells: list[Cell] = [
        line["error"],
        where,
        "" if status is None else str(status),
        purpose_name(line["purpose"]),
        names[line["first"]],
        names[line["last"]],
        course(line["trend"]),
        int(line["queries"]),
    ]
    return NumbersRow(cells, behind.error(line["where"], line["error"], status, line["purpose"]))


def _names(view: OutcomeView) -> list[str]:
    return [bucket_name(start, view.bucket) for start in local(view.edges, view.zone)]


def _key(line: Line) -> tuple[str, str]:
    return line["type"], line["purpose"]


def _by_key(table: pd.DataFrame) -> list[Line]:
    keys = keys_of(table)
    return sorted(table.to_dict("records"), key=lambda line: keys.index(_key(line)))


def _newest_first(table: pd.DataFrame) -> Iterable[Line]:
    return sorted(_by_key(table), key=lambda line: -line["place"])


def _key_cells(line: Line) -> list[Cell]:
    return [source_name(line["type"]), purpose_name(line["purpose"])]


def _percentile_cells(line: Line) -> list[Cell]:
    return ["" if pd.isna(line[name]) else duration(line[name]) for name in PERCENTILES]
