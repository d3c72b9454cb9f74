"""The figure of the most frequent errors: how many queries have each, and its course. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import ink, make_figure, named_rows, state_colour
from pages._ui.charts.time_axis import local
from pages._ui.words.names import purpose_name
from pages._ui.words.outcomes import bucket_name, bucket_tick, error_name
from pages._ui.words.outside import chart_text
from pages._ui.words.states import QUERY_STATES
from services.outcomes.outcomes import OutcomeView
from services.queries.status import FAILED

_LONGEST_ERROR = 56
_ROW_HEIGHT = 48
_BARS, _COURSES = [0.0, 0.66], [0.76, 1.0]
"""The parts of the width for bars and for courses."""

Line = dict[Any, Any]
"""A row of a table: its columns by name."""


def errors_figure(table: pd.DataFrame, view: OutcomeView, *, dark: bool) -> go.Figure:
    """The most frequent errors, longest bar on top; beside each its number, and its course."""
    upward = table.iloc[::-1].to_dict("records")
    starts = local(view.edges, view.zone)
    names = [bucket_name(start, view.bucket) for start in starts]
    short = [bucket_tick(start, view.bucket) for start in starts]
    colour = state_colour(QUERY_STATES, FAILED, dark=dark)
    bars = {
        "type": "bar",
        "x": [line["queries"] for line in upward],
        "y": [str(row) for row in range(len(upward))],
        "orientation": "h",
        "marker": {"color": colour},
        "text": [f"{line['queries']:,}" for line in upward],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [
            (line["where"], line["error"], _status(line), line["purpose"]) for line in upward
        ],
        "hovertext": [chart_text(line["error"]) for line in upward],
        "hovertemplate": "%{hovertext}<br>%{x:,} queries<extra></extra>",
    }
    rows = max(len(upward), 2)
    # The numbers stand beside the bars, so the axis would say them twice.
    axes: dict[str, Any] = {
        "xaxis": {"visible": False, "domain": _BARS},
        "yaxis": named_rows([_error_title(line) for line in upward]),
        # Courses stand in rows of the same height: each between a whole number and the next.
        "xaxis2": {"visible": False, "domain": _COURSES, "anchor": "y2"},
        "yaxis2": {"visible": False, "anchor": "x2", "range": [-0.5, len(upward) - 0.5]},
    }
    height = 12 + _ROW_HEIGHT * rows
    courses = list(_courses(upward, names, colour))
    captions = _captions(upward, short, dark=dark)
    return make_figure([bars, captions, *courses], axes, height, dark=dark, bargap=0.52)


def _courses(lines: Sequence[Line], names: Sequence[str], colour: str) -> Iterator[dict[str, Any]]:
    """A small line for each error, from the lowest number (0) to its own highest one."""
    for row, line in enumerate(lines):
        trend = line["trend"]
        most = max(trend) or 1
        yield {
            "type": "scatter",
            "mode": "lines" if len(trend) > 1 else "markers",
            "x": list(range(len(trend))),
            "y": [row - 0.3 + 0.6 * number / most for number in trend],
            "xaxis": "x2",
            "yaxis": "y2",
            "line": {"color": colour, "width": 1.5},
            "fill": "none",
            "hovertext": [
                f"{number:,} queries, {name}" for number, name in zip(trend, names, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }


def _captions(lines: Sequence[Line], names: Sequence[str], *, dark: bool) -> dict[str, Any]:
    """Under each bar the purpose of use, and when the error was seen."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0] * len(lines),
        "y": [row - 0.43 for row in range(len(lines))],
        "yaxis": "y2",
        "text": [
            chart_text(f"{purpose_name(line['purpose'])}, {seen_words(line, names)}")
            for line in lines
        ],
        "textposition": "middle right",
        "textfont": {"size": 11, "color": ink(dark=dark)},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _error_title(line: Line) -> str:
    name = error_name(line["where"], line["error"], _status(line))
    return chart_text(name if len(name) <= _LONGEST_ERROR else name[: _LONGEST_ERROR - 1] + "…")


def seen_words(line: Line, names: Sequence[str]) -> str:
    """When an error was seen first and last, by the names of the bars."""
    first, last = names[line["first"]], names[line["last"]]
    return f"seen {first}" if first == last else f"first seen {first}, last {last}"


def _status(line: Line) -> int | None:
    return int(line["status"]) if pd.notna(line["status"]) else None
