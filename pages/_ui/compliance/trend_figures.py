"""The course of the IAS audit as figures and as their numbers. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.style import count_axis, make_figure, state_marker
from pages._ui.compliance.audit_period import address_of_days
from pages._ui.list.cells import Column, Kind
from pages._ui.words.compliance.states import (
    COMPLETE,
    COMPLETENESS,
    INCOMPLETE,
    NOTICE,
    SERIOUS,
    SEVERITIES,
    WARNING,
    severity_state,
)
from pages._ui.words.outside import chart_text
from pages._ui.words.states import States, label
from services.compliance.audit_figures import Point, Trend

_HEIGHT = 230
_MOST_LABELS = 8

COMPLETENESS_COLUMNS = [
    Column("When"),
    Column("Complete", Kind.NUMBER),
    Column("Incomplete", Kind.NUMBER),
    Column("Links", Kind.SHARE, help="Present links of those that apply."),
    Column("Queries", Kind.NUMBER),
]
SEVERITY_COLUMNS = [
    Column("When"),
    Column("Serious", Kind.NUMBER),
    Column("Warnings", Kind.NUMBER),
    Column("Notices", Kind.NUMBER),
    Column("With findings", Kind.NUMBER),
]


def completeness_figure(trend: Trend, *, dark: bool) -> go.Figure:
    """IAS queries over time, those whose evidence lacks a link on top."""
    stacks = {
        COMPLETE: [point.complete for point in trend.points],
        INCOMPLETE: [point.queries - point.complete for point in trend.points],
    }
    return _stacked(trend, COMPLETENESS, stacks, dark)


def severity_figure(trend: Trend, *, dark: bool) -> go.Figure:
    """Queries and looks with findings over time, by their worst one; the worst at the bottom."""
    stacks = {
        state: [by_state(point).get(state, 0) for point in trend.points]
        for state in (SERIOUS, WARNING, NOTICE)
    }
    return _stacked(trend, SEVERITIES, stacks, dark)


def by_state(point: Point) -> dict[str, int]:
    """How many subjects of a point have each state of severity."""
    return {severity_state(one.value): number for one, number in point.by_severity.items()}


def completeness_rows(trend: Trend) -> list[NumbersRow]:
    """The bars of completeness as rows, the newest first, without those of no height."""
    return [
        NumbersRow(
            [
                point_name(point, trend.width),
                point.complete,
                point.queries - point.complete,
                point.present / point.applicable if point.applicable else None,
                point.queries,
            ],
            address_of_days(point.since, point.until),
        )
        for point in reversed(trend.points)
        if point.queries
    ]


def severity_rows(trend: Trend) -> list[NumbersRow]:
    """The bars of findings as rows, the newest first, without those of no height."""
    return [
        NumbersRow(
            [
                point_name(point, trend.width),
                *(by_state(point).get(state, 0) for state in (SERIOUS, WARNING, NOTICE)),
                sum(point.by_severity.values()),
            ],
            address_of_days(point.since, point.until),
        )
        for point in reversed(trend.points)
        if point.by_severity
    ]


def point_name(point: Point, width: str) -> str:
    """A point with all that tells it from others, as in "Sep 14 to Sep 20, 2026"."""
    last = f"{point.until:%b} {point.until.day}, {point.until.year}"
    if width == "day" or point.since == point.until:
        return last
    return f"{point.since:%b} {point.since.day} to {last}"


def _stacked(
    trend: Trend, states: States, stacks: Mapping[str, Sequence[int]], dark: bool
) -> go.Figure:
    names = [point_name(point, trend.width) for point in trend.points]
    bars = [_bars(trend, states, state, heights, names, dark) for state, heights in stacks.items()]
    most = max((sum(column) for column in zip(*stacks.values(), strict=True)), default=0)
    axes = {"xaxis": _time_axis(trend), "yaxis": count_axis(most)}
    return make_figure(bars, axes, _HEIGHT, dark=dark, barmode="stack", bargap=0.15)


def _bars(
    trend: Trend,
    states: States,
    state: str,
    heights: Sequence[int],
    names: Sequence[str],
    dark: bool,
) -> dict[str, Any]:
    shown = [place for place, height in enumerate(heights) if height > 0]
    bounds = [(point.since.isoformat(), point.until.isoformat()) for point in trend.points]
    return {
        "type": "bar",
        "x": shown,
        "y": [heights[place] for place in shown],
        "name": chart_text(label(states, state)),
        "marker": state_marker(states, state, dark=dark),
        "customdata": [bounds[place] for place in shown],
        "hovertext": [names[place] for place in shown],
        "hovertemplate": "%{y:,} %{fullData.name}<extra>%{hovertext}</extra>",
    }


def _time_axis(trend: Trend) -> dict[str, Any]:
    number = len(trend.points)
    step = -(-number // _MOST_LABELS) or 1
    named = range(0, number, step)
    return {
        "range": [-0.6, number - 0.4],
        "tickvals": list(named),
        "ticktext": [_tick(trend.points[place], trend.width) for place in named],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
    }


def _tick(point: Point, width: str) -> str:
    day = point.since
    if width == "quarter":
        return f"Q{(day.month - 1) // 3 + 1} {day.year}"
    return f"{day:%b %Y}" if width == "month" else f"{day:%b} {day.day}"
