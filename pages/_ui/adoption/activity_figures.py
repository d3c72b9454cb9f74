"""Who comes and comes back, as pictures. Pure: tables in, figures out."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import chart_colour, count_axis, ink, make_figure, paper
from pages._ui.charts.time_axis import Mark, mark_layout, time_axis
from pages._ui.words.outcomes import bucket_name
from services.outcomes.adoption.cells import NEW, RETURNING
from services.outcomes.adoption.figures import Cohort
from services.outcomes.adoption.person_facts import MOST_QUERIES

_FEWEST_MONTHS = 7
KINDS = {RETURNING: "Returning", NEW: "New"}


def active_figure(
    table: pd.DataFrame,
    width: str,
    marks: Sequence[Mark] = (),
    goal: float | None = None,
    *,
    dark: bool,
) -> go.Figure:
    """Active people of each week or month: returning ones below, new ones on them.

    A goal is drawn as a line, and what happened outside at its place.
    """
    colours = {RETURNING: chart_colour("blue", dark=dark), NEW: chart_colour("green", dark=dark)}
    names = [bucket_name(start, width) for start in table["start"]]
    traces = [
        {
            "type": "bar",
            "name": KINDS[kind],
            "x": list(range(len(table))),
            "y": list(table[kind]),
            "marker": {
                "color": colours[kind],
                # The colours of both look alike to some eyes.
                "pattern": {
                    "shape": "/" if kind == NEW else "",
                    "fillmode": "overlay",
                    "fgcolor": paper(dark=dark),
                    "fgopacity": 1,
                    "size": 6,
                    "solidity": 0.3,
                },
            },
            "hovertext": names,
            "hovertemplate": f"%{{hovertext}}<br>{KINDS[kind]}: %{{y:,}}<extra></extra>",
        }
        for kind in KINDS
    ]
    most = max(float(table[list(KINDS)].sum(axis=1).max() or 0), goal or 0)
    axes = {"xaxis": time_axis(list(table["start"]), width), "yaxis": count_axis(most)}
    outside = _outside(marks, goal, dark=dark)
    return make_figure(traces, axes, 250, dark=dark, barmode="stack", bargap=0.25, **outside)


def received_figure(
    table: pd.DataFrame,
    width: str,
    marks: Sequence[Mark] = (),
    goal: float | None = None,
    *,
    dark: bool,
) -> go.Figure:
    """People who received records for the first time, and, as a line, all of them so far."""
    places = list(range(len(table)))
    names = [bucket_name(start, width) for start in table["start"]]
    bars = {
        "type": "bar",
        "x": places,
        "y": list(table["n"]),
        "marker": {"color": chart_colour("blue", dark=dark)},
        "hovertext": names,
        "hovertemplate": "%{hovertext}<br>%{y:,} people<extra></extra>",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": places,
        "y": list(table["total"]),
        "yaxis": "y2",
        "line": {"color": chart_colour("green", dark=dark), "width": 2, "shape": "hv"},
        "hovertext": names,
        "hovertemplate": "%{hovertext}<br>%{y:,} people in all<extra></extra>",
    }
    axes = {
        "xaxis": time_axis(list(table["start"]), width),
        "yaxis": count_axis(max(float(table["n"].max() or 0), goal or 0)),
        "yaxis2": count_axis(float(table["total"].max() or 0))
        | {"overlaying": "y", "side": "right", "showgrid": False},
    }
    outside = _outside(marks, goal, dark=dark)
    return make_figure([bars, line], axes, 250, dark=dark, bargap=0.25, **outside)


def share_figure(
    starts: Sequence[Any], shares: Sequence[float | None], width: str, *, dark: bool
) -> go.Figure:
    """The share of IAS queries in each week or month."""
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(shares))),
        "y": list(shares),
        "line": {"color": chart_colour("violet", dark=dark), "width": 2},
        "marker": {"size": 6},
        "hovertext": [bucket_name(start, width) for start in starts],
        "hovertemplate": "%{hovertext}<br>%{y:.1%}<extra></extra>",
    }
    axes = {
        "xaxis": time_axis(starts, width),
        "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
    }
    return make_figure([line], axes, 250, dark=dark)


def retention_figure(cohorts: Sequence[Cohort], *, dark: bool) -> go.Figure:
    """A row for each month of the first query, a cell for each month after it."""
    # At least half a year wide, so that a young history draws no giant cells.
    widest = max(_FEWEST_MONTHS, *(len(cohort.shares) for cohort in cohorts))
    upward = list(reversed(cohorts))
    shares = [[_cell(cohort, later) for later in range(1, widest)] or [None] for cohort in upward]
    texts = [["" if value is None else f"{value:.0%}" for value in row] for row in shares]
    colour = chart_colour("blue", dark=dark)
    heat = {
        "type": "heatmap",
        "x": [str(later) for later in range(1, max(widest, 2))],
        "y": [str(row) for row in range(len(upward))],
        "z": shares,
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"size": 12},
        "zmin": 0,
        "zmax": max([value for row in shares for value in row if value is not None], default=1)
        or 1,
        "colorscale": [[0, paper(dark=dark)], [1, colour]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": "%{z:.1%} came back<extra></extra>",
    }
    rows = [f"{cohort.month:%b} {cohort.month.year} · {cohort.people:,}" for cohort in upward]
    axes = {
        "xaxis": {
            "side": "top",
            "type": "category",
            "title": {"text": "Months after the first IAS query", "font": {"size": 12}},
            "showgrid": False,
        },
        "yaxis": {
            "type": "category",
            "tickvals": [str(row) for row in range(len(upward))],
            "ticktext": rows,
            "showgrid": False,
            "tickfont": {"color": ink(dark=dark), "size": 12},
        },
    }
    return make_figure([heat], axes, 70 + 30 * max(len(rows), 2), dark=dark)


def per_person_figure(numbers: dict[int, int], *, dark: bool) -> go.Figure:
    """People by how many queries they had in a month."""
    queries = list(range(1, MOST_QUERIES + 1))
    people = [numbers.get(number, 0) for number in queries]
    bars = {
        "type": "bar",
        "x": [_queries_name(number) for number in queries],
        "y": people,
        "marker": {"color": chart_colour("blue", dark=dark)},
        "text": [f"{number:,}" if number else "" for number in people],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{x} queries in a month: %{y:,} people<extra></extra>",
    }
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {
            "type": "category",
            "title": {"text": "IAS queries in a month", "font": {"size": 12}},
        },
        "yaxis": {"visible": False, "range": [0, max([*people, 1]) * 1.15]},
    }
    return make_figure([bars], axes, 220, dark=dark, bargap=0.25)


def _outside(marks: Sequence[Mark], goal: float | None, *, dark: bool) -> dict[str, Any]:
    """The marks of what happened outside, and the line of a goal, as parts of a layout."""
    layout = mark_layout(marks, dark=dark)
    if goal is None:
        return layout
    line = {
        **{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": goal, "y1": goal},
        "line": {"color": chart_colour("orange", dark=dark), "width": 2, "dash": "dash"},
    }
    return layout | {"shapes": [*layout["shapes"], line]}


def _queries_name(number: int) -> str:
    return f"{number} or more" if number == MOST_QUERIES else str(number)


def _cell(cohort: Cohort, later: int) -> float | None:
    return cohort.shares[later] if later < len(cohort.shares) else None
