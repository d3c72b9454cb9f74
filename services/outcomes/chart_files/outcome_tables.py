"""The charts of Outcomes as tables, from the facts that the page draws. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from services.exports.cells import Cell
from services.outcomes.chart_files.chart_table import (
    ChartTable,
    Picture,
    lines,
    plain,
    rows_of,
    spaced,
    stacked,
)
from services.outcomes.durations import PERCENTILES, distribution, time_to_finish, times_over_time
from services.outcomes.errors import top_errors
from services.outcomes.outcomes import OutcomeView, SourceFacts, StatusFacts
from services.outcomes.tables import (
    by_facility,
    completed_by_records,
    sources_over_time,
    status_over_time,
    success_by_source,
)
from services.outcomes.usual_range import unusual_days

_MOST_ERRORS = 1000
_SECONDS = [f"{name}_seconds" for name in PERCENTILES]
_FORMATS = {"hour": "%b %-d, %H:%M", "day": "%b %-d", "week": "%b %-d", "month": "%b %Y"}

Make = Callable[[StatusFacts, SourceFacts], ChartTable]


def _headline(status: StatusFacts, sources: SourceFacts) -> ChartTable:
    keys = ["purpose", "outcome"]
    now, before = (frame.groupby(keys)["n"].sum() for frame in (status.status, status.before))
    table = pd.DataFrame({"queries": now, "queries_before": before}).reset_index()
    if sources.cells is None:
        # Only where nothing is hidden does a missing number say that there is none.
        table = table.fillna({"queries": 0, "queries_before": 0})
    table = table.astype({"queries": "Int64", "queries_before": "Int64"})
    columns = [*keys, "queries", "queries_before"]
    return ChartTable("headline", columns, rows_of(table, columns))


def _status(status: StatusFacts, _sources: SourceFacts) -> ChartTable:
    view = status.view
    period = view.period
    table = status_over_time(
        status.status, view.bucket, view.zone.key, period.since, period.until, period.now
    )
    shown = table[table["queries"] > 0]
    columns = ["since", "until", "purpose", "status", "queries", "whole"]
    pictures = [
        stacked(
            f"Queries per {view.bucket}: {spaced(str(purpose))}",
            table[table["purpose"] == purpose],
            ("start", "status", "queries"),
            lambda start: start.strftime(_FORMATS[view.bucket]),
            stacked=True,
        )
        for purpose in dict.fromkeys(table["purpose"])
    ]
    headings = ["start_utc", "end_utc", "purpose", "status", "queries", "is_whole"]
    return ChartTable("status", headings, rows_of(shown, columns), pictures)


def _unusual_days(status: StatusFacts, _sources: SourceFacts) -> ChartTable:
    view = status.view
    days = unusual_days(status.days, view.period.since, view.period.now, view.zone, status.began)
    rows: list[list[Cell]] = [
        [day.start, day.purpose, day.queries, round(day.low, 1), round(day.high, 1)] for day in days
    ]
    columns = ["start_utc", "purpose", "queries", "usual_from", "usual_to"]
    return ChartTable("unusual_days", columns, rows)


def _success_by_source(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = success_by_source(sources.sources)
    columns = ["type", "purpose", "result", "queries", "share"]
    picture = _by_kind("Queries by source and result", table, "result", "queries")
    return ChartTable("success_by_source", columns, rows_of(table, columns), picture)


def _source_over_time(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = sources_over_time(sources.sources, sources.view.edges)
    columns = ["start", "type", "purpose", "queries", "ended", "completed", "rate"]
    title = "Completed, of those that ended (%)"
    picture = _over_time(title, table, ("rate", "queries"), sources.view, 100)
    headings = ["start_utc", *columns[1:-1], "completed_share"]
    return ChartTable("source_over_time", headings, rows_of(table, columns), picture)


def _durations(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = time_to_finish(sources.times, sources.sources, sources.cells)
    columns = ["type", "purpose", *PERCENTILES, "attempts", "queries"]
    long = table.melt(["type", "purpose"], list(PERCENTILES), "percentile", "seconds")
    picture = _by_kind("Seconds to finish", long, "percentile", "seconds", unit=" s")
    headings = ["type", "purpose", *_SECONDS, "attempts", "queries"]
    return ChartTable("durations", headings, rows_of(table, columns), picture)


def _durations_over_time(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = times_over_time(sources.times, sources.view.edges, sources.cells)
    columns = ["start", "type", "purpose", *PERCENTILES, "attempts"]
    numbers = ("median", "attempts")
    picture = _over_time("Median time to finish", table, numbers, sources.view, unit=" s")
    headings = ["start_utc", "type", "purpose", *_SECONDS, "attempts"]
    return ChartTable("durations_over_time", headings, rows_of(table, columns), picture)


def _distribution(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = distribution(sources.times, sources.cells)
    columns = ["type", "purpose", "low", "high", "attempts", "share"]
    shown = table[table["attempts"] > 0]
    headings = ["type", "purpose", "from_seconds", "to_seconds", "attempts", "share"]
    kinds = _with_kinds(shown.assign(percent=100 * shown["share"])).sort_values("low")
    pictures = []
    if not shown.empty:
        names, title = ("low", "kind", "percent"), "Attempts by the seconds they took at least (%)"
        pictures = [lines(title, kinds, names, lambda low: f"{low:,.3g}", "attempts")]
    return ChartTable("duration_distribution", headings, rows_of(shown, columns), pictures)


def _errors(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    edges = sources.view.edges
    table = top_errors(sources.errors, edges, _MOST_ERRORS)
    rows = [
        [
            *(plain(line[name]) for name in ("where", "error")),
            None if pd.isna(line["status"]) else int(line["status"]),
            *(plain(line[name]) for name in ("purpose", "queries")),
            edges[line["first"]],
            edges[line["last"]],
        ]
        for line in table.to_dict("records")
    ]
    columns = ["where", "error", "http_status", "purpose", "queries"]
    return ChartTable("errors", [*columns, "first_seen_utc", "last_seen_utc"], rows)


def _records(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = completed_by_records(sources.records).groupby(["purpose", "records"], as_index=False)
    summed = table["queries"].sum()
    share = summed["queries"] / summed.groupby("purpose")["queries"].transform("sum")
    columns = ["purpose", "records", "queries", "share"]
    return ChartTable("records", columns, rows_of(summed.assign(share=share), columns))


def _facility(_status: StatusFacts, sources: SourceFacts) -> ChartTable:
    table = by_facility(sources.facilities)
    columns = list(table.columns)
    headings = ["facility_id" if name == "facility" else name for name in columns]
    return ChartTable("facility", headings, rows_of(table, columns))


OUTCOME_CHARTS: Mapping[str, Make] = {
    "headline": _headline,
    "status": _status,
    "unusual_days": _unusual_days,
    "success_by_source": _success_by_source,
    "source_over_time": _source_over_time,
    "durations": _durations,
    "durations_over_time": _durations_over_time,
    "duration_distribution": _distribution,
    "errors": _errors,
    "records": _records,
    "facility": _facility,
}
"""The charts by the keys of their definitions, in the order of the page."""


def _by_kind(
    title: str, table: pd.DataFrame, series: str, numbers: str, **looks: Any
) -> list[Picture]:
    """Columns by source and purpose of use; none where there is nothing to draw."""
    if table.empty:
        return []
    return [stacked(title, _with_kinds(table), ("kind", series, numbers), spaced, **looks)]


def _over_time(
    title: str,
    table: pd.DataFrame,
    numbers: tuple[str, str],
    view: OutcomeView,
    times: float = 1,
    **looks: Any,
) -> list[Picture]:
    """Lines by source and purpose of use over the bars of the page.

    `numbers` are the column that is drawn, `times` as large, and the one that says which lines
    matter most.
    """
    if table.empty:
        return []
    number, by = numbers
    at = table["start"].dt.tz_convert(view.zone)
    kinds = _with_kinds(table.assign(at=at, **{number: table[number] * times}))
    ordered, form = kinds.sort_values("at", kind="stable"), _FORMATS[view.bucket]
    names = ("at", "kind", number)
    return [lines(title, ordered, names, lambda at: at.strftime(form), by, **looks)]


def _with_kinds(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(kind=table["type"] + " · " + table["purpose"])
