"""The figure of queries over time, by outcome and purpose of use. Pure.

It can be made from a table without rows. Marks carry what they stand for as `customdata`, as it
came; what is written on a figure is `chart_text`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import chart_colour, count_axis, make_figure, ordered, state_marker
from pages._ui.charts.time_axis import Mark, mark_layout, time_axis
from pages._ui.words.names import purpose_name
from pages._ui.words.outcomes import OUTCOMES, bucket_name, purposes_in_order
from pages._ui.words.outside import chart_text
from pages._ui.words.states import label
from services.outcomes.usual_range import Unusual

Line = dict[Any, Any]
"""A row of a table: its columns by name."""


def status_figure(
    table: pd.DataFrame,
    bucket: str,
    *,
    dark: bool,
    unusual: Sequence[Unusual] = (),
    marks: Sequence[Mark] = (),
) -> go.Figure:
    """Queries per bucket, stacked by outcome; a row, of the same scale, for each purpose of use.

    Over the bar of an `unusual` day stands a triangle; `marks` stand on the axis of time.
    """
    purposes = purposes_in_order(table["purpose"])
    buckets = _buckets(table, bucket)
    # A bar of no height shows nothing, and takes as long to draw as another.
    lines = table[table["queries"] > 0].to_dict("records")
    heights = _heights(lines)
    most = max(heights.values(), default=0)
    fixed = {"automargin": False}
    axes = {"xaxis": time_axis([one.start for one in buckets], bucket) | fixed}
    bars, titles = [], []
    for row, (purpose, domain) in enumerate(zip(purposes, _rows(len(purposes)), strict=True)):
        # Plotly's first axis has no number. All rows share the axis of time, below the last.
        number = row + 1 if row else ""
        # Room for a triangle over the highest bar.
        axes[f"yaxis{number}"] = count_axis(most * 1.06) | fixed | {"domain": domain}
        axes["xaxis"]["anchor"] = f"y{number}"
        of_purpose = [line for line in lines if line["purpose"] == purpose]
        titles.append(_purpose_title(purpose, of_purpose, domain[1]))
        drawn = [*_purpose_bars(of_purpose, buckets, dark)]
        days = [one for one in unusual if one.purpose == purpose]
        drawn += _unusual_marks(days, buckets, heights, most, dark)
        bars += [trace | {"yaxis": f"y{number}"} for trace in drawn]
    height = 70 + 170 * max(len(purposes), 1)
    # Of numbers and dates the room is known: Plotly would draw once more after measuring them.
    margin = {"l": 14 + 8 * len(f"{most:,}"), "r": 24, "t": 28, "b": 28}
    outside = mark_layout(marks, dark=dark)
    return make_figure(
        bars,
        axes,
        height,
        dark=dark,
        barmode="stack",
        bargap=0.15,
        annotations=[*titles, *outside["annotations"]],
        shapes=outside["shapes"],
        margin=margin,
    )


def _heights(lines: Sequence[Line]) -> Counter[tuple[str, Any]]:
    """The height of each bar, all outcomes together."""
    heights: Counter[tuple[str, Any]] = Counter()
    for line in lines:
        heights[line["purpose"], line["start"]] += line["queries"]
    return heights


@dataclass(frozen=True)
class _Bucket:
    """A place on the axis of time: its start, its name, and the part of it that is counted."""

    start: pd.Timestamp
    name: str
    bounds: tuple[str, str]


def _buckets(table: pd.DataFrame, bucket: str) -> list[_Bucket]:
    lines = table.drop_duplicates("start").sort_values("start").to_dict("records")
    return [
        _Bucket(
            line["start"],
            bucket_name(line["start"], bucket, whole=line["whole"]),
            (line["since"].isoformat(), line["until"].isoformat()),
        )
        for line in lines
    ]


def _rows(number: int) -> list[tuple[float, float]]:
    """The lower and the upper end of each of so many rows of a figure, from the top down to 0."""
    if number == 0:
        return []
    # With many rows the usual gap would leave none of the height.
    gap = min(0.14, 0.4 / number)
    height = (1 - gap * (number - 1)) / number
    tops = [1 - row * (height + gap) for row in range(number)]
    return [(max(top - height, 0), top) for top in tops]


def _purpose_title(purpose: str, lines: Sequence[Line], top: float) -> dict[str, Any]:
    queries = sum(line["queries"] for line in lines)
    return {
        "text": chart_text(f"{purpose_name(purpose)}: {queries:,} queries"),
        **{"x": 0, "xref": "paper", "xanchor": "left"},
        **{"y": top, "yref": "paper", "yanchor": "bottom"},
        "showarrow": False,
    }


def _purpose_bars(
    lines: Sequence[Line], buckets: Sequence[_Bucket], dark: bool
) -> Iterator[dict[str, Any]]:
    places = {one.start: place for place, one in enumerate(buckets)}
    for status in ordered(line["status"] for line in lines):
        of_status = [line for line in lines if line["status"] == status]
        at = [places[line["start"]] for line in of_status]
        purpose = of_status[0]["purpose"]
        yield {
            "type": "bar",
            "x": at,
            "y": [line["queries"] for line in of_status],
            "name": chart_text(label(OUTCOMES, status)),
            "marker": state_marker(OUTCOMES, status, dark=dark),
            "customdata": [(purpose, status, *buckets[place].bounds) for place in at],
            "hovertext": [buckets[place].name for place in at],
            "hovertemplate": "%{y:,} %{fullData.name}<extra>%{hovertext}</extra>",
        }


def _unusual_marks(
    days: Sequence[Unusual],
    buckets: Sequence[_Bucket],
    heights: Counter[tuple[str, Any]],
    most: int,
    dark: bool,
) -> Iterator[dict[str, Any]]:
    """A triangle over the bar of each unusual day, also over one of no height."""
    places = {one.start: place for place, one in enumerate(buckets)}
    shown = [(places.get(pd.Timestamp(day.start)), day) for day in days]
    found = [(place, day) for place, day in shown if place is not None]
    if not found:
        return
    yield {
        "type": "scatter",
        "mode": "markers",
        "x": [place for place, _ in found],
        "y": [heights[day.purpose, buckets[place].start] + most * 0.05 for place, day in found],
        "marker": {
            "symbol": ["triangle-up" if day.is_high else "triangle-down" for _, day in found],
            "size": 9,
            "color": chart_colour("violet", dark=dark),
        },
        "cliponaxis": False,
        "hovertext": [f"{buckets[place].name}: {_usual_words(day)}" for place, day in found],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _usual_words(day: Unusual) -> str:
    usual = f"usual on this weekday: {day.low:,.0f} to {day.high:,.0f}"
    return f"{day.queries:,} queries, {usual}"
