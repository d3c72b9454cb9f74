"""The figure of the share of queries that completed, over time, with the goals for it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import chart_colour, ink, make_figure
from pages._ui.charts.time_axis import Mark, local, mark_layout, time_axis
from pages._ui.outcomes.goal_lines import GoalLine
from pages._ui.words.names import purpose_name
from pages._ui.words.outcomes import bucket_name, purposes_in_order
from pages._ui.words.outside import chart_text
from services.outcomes.outcomes import OutcomeView

_ROW_HEIGHT = 150

Line = dict[Any, Any]
"""A row of a table: its columns by name."""


def rate_figure(
    table: pd.DataFrame,
    view: OutcomeView,
    *,
    dark: bool,
    goals: Mapping[str, GoalLine],
    marks: Sequence[Mark] = (),
) -> go.Figure:
    """The completed share per bar, a row for each purpose of use; `goals` are by purpose."""
    purposes = purposes_in_order(table["purpose"])
    starts = local(view.edges, view.zone)
    names = [bucket_name(start, view.bucket) for start in starts]
    axes: dict[str, Any] = {"xaxis": time_axis(starts, view.bucket) | {"automargin": False}}
    outside = mark_layout(marks, dark=dark)
    texts, shapes, traces = list(outside["annotations"]), list(outside["shapes"]), []
    for row, purpose in enumerate(purposes):
        number, top = row + 1 if row else "", 1 - row / len(purposes)
        domain = [top - 0.92 / len(purposes), top - 0.14 / len(purposes)]
        axes[f"yaxis{number}"] = _share_axis() | {"domain": domain}
        axes["xaxis"]["anchor"] = f"y{number}"
        lines = [line for line in table.to_dict("records") if line["purpose"] == purpose]
        goal = goals.get(purpose)
        texts.append(_title(purpose, lines, goal, top))
        traces.append(_course(lines, names, dark) | {"yaxis": f"y{number}"})
        if goal:
            shapes.append(goal_shape(goal.target, f"y{number}", dark=dark))
    return make_figure(
        traces,
        axes,
        40 + _ROW_HEIGHT * max(len(purposes), 1),
        dark=dark,
        annotations=texts,
        shapes=shapes,
        margin={"l": 48, "r": 24, "t": 10, "b": 28},
    )


def goal_shape(height: float, axis: str, *, dark: bool) -> dict[str, Any]:
    """A target line over the whole width, at a height of one of the axes."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": axis,
        "y0": height,
        "y1": height,
        "line": {"color": ink(dark=dark), "width": 1.5, "dash": "dash"},
    }


def _share_axis() -> dict[str, Any]:
    return {
        "range": [-0.04, 1.04],
        "tickvals": [0, 0.25, 0.5, 0.75, 1],
        "tickformat": ".0%",
        "automargin": False,
        "zeroline": False,
    }


def _title(
    purpose: str, lines: Sequence[Line], goal: GoalLine | None, top: float
) -> dict[str, Any]:
    ended, completed = (sum(line[name] for line in lines) for name in ("ended", "completed"))
    rate = f"{completed / ended:.1%} of {ended:,} that ended" if ended else "none ended"
    words = f"; goal (dashed): {goal.words}" if goal else ""
    return {
        "text": chart_text(f"{purpose_name(purpose)}: {rate}{words}"),
        **{"x": 0, "xref": "paper", "xanchor": "left"},
        **{"y": top, "yref": "paper", "yanchor": "top"},
        "showarrow": False,
    }


def _course(lines: Sequence[Line], names: Sequence[str], dark: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [line["place"] for line in lines],
        "y": [line["rate"] for line in lines],
        "line": {"color": chart_colour("green", dark=dark), "width": 2},
        "marker": {"size": 6},
        "hovertext": [
            f"{line['completed']:,} of {line['ended']:,}, {names[line['place']]}" for line in lines
        ],
        "hovertemplate": "%{y:.1%} completed<br>%{hovertext}<extra></extra>",
    }
