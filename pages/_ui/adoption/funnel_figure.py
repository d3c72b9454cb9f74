"""The funnel as a picture: people at each step, and those who went no further before it. Pure."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from pages._ui.charts.style import chart_colour, make_figure, named_rows
from pages._ui.words.adoption import STEPS, share
from pages._ui.words.times import duration
from services.outcomes.adoption.figures import StepFigure
from services.outcomes.adoption.steps import Step
from services.outcomes.rollups.histogram import edges

_ROW = 40
_COLUMNS = (
    (60, "1 min"), (300, "5 min"), (900, "15 min"), (3600, "1 h"), (4 * 3600, "4 h"),
    (86_400, "1 day"), (3 * 86_400, "3 days"), (7 * 86_400, "1 week"), (30 * 86_400, "30 days"),
)  # fmt: skip
"""The bounds of the columns of a distribution, in seconds, and their names."""


def funnel_figure(steps: Sequence[StepFigure], *, dark: bool) -> go.Figure:
    """A bar for each step, the first on top; behind it, pale, who went no further before it."""
    upward = list(reversed(list(enumerate(steps))))
    people = [step.people or 0 for _, step in upward]
    lost = [_lost(steps, position) for position, _ in upward]
    rows = [str(row) for row in range(len(upward))]
    colour = chart_colour("blue", dark=dark)
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": people,
            "y": rows,
            "orientation": "h",
            "marker": {"color": colour},
            "text": [_text(step) for _, step in upward],
            "textposition": "auto",
            "insidetextanchor": "start",
            "cliponaxis": False,
            "customdata": [
                ("" if step.step is Step.RECEIVED else step.step.value,) for _, step in upward
            ],
            "hovertemplate": "%{x:,} people reached this step<extra></extra>",
        },
        {
            "type": "bar",
            "x": lost,
            "y": rows,
            "orientation": "h",
            "marker": {"color": colour, "opacity": 0.16},
            "customdata": [
                (steps[position - 1].step.value if position else "",) for position, _ in upward
            ],
            "hovertemplate": "%{x:,} people went no further before it<extra></extra>",
        },
    ]
    most = max([*people, 1])
    axes = {
        # The numbers stand on the bars; a short bar has its text beside it.
        "xaxis": {"visible": False, "range": [0, most * 1.02]},
        "yaxis": named_rows([STEPS[step.step] for _, step in upward]),
    }
    height = 16 + _ROW * len(steps)
    return make_figure(traces, axes, height, dark=dark, barmode="stack", bargap=0.28)


def times_figure(step: StepFigure, *, dark: bool) -> go.Figure:
    """How long people took to a step from the one before it, in columns of growing width."""
    names, numbers = distribution(step)
    bars = {
        "type": "bar",
        "x": list(range(len(names))),
        "y": numbers,
        "marker": {"color": chart_colour("blue", dark=dark)},
        "hovertext": names,
        "hovertemplate": "%{hovertext}: %{y:,} people<extra></extra>",
    }
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False},
        "yaxis": {"rangemode": "tozero", "tickformat": ",d"},
    }
    return make_figure([bars], axes, 220, dark=dark, bargap=0.2)


def distribution(step: StepFigure) -> tuple[list[str], list[int]]:
    """The names of the columns, and how many people took so long."""
    bounds = [seconds for seconds, _ in _COLUMNS]
    names = [f"≤ {name}" for _, name in _COLUMNS] + ["longer"]
    numbers = [0] * len(names)
    if step.bins is not None:
        # By the middle of each bin of the histogram, so that none is split.
        tops = edges()[1:]
        for number, top in zip(step.bins, tops, strict=True):
            if number:
                column = sum(float(top) > bound * 1.02 for bound in bounds)
                numbers[column] += int(number)
    return names, numbers


def median_words(step: StepFigure) -> str:
    """The median time as people read it; a dash where there is none."""
    return "–" if step.median != step.median else duration(step.median)


def slowest_words(step: StepFigure) -> str:
    """The time within which nine of ten took the step; a dash where there is none."""
    return "–" if step.p90 != step.p90 else duration(step.p90)


def _lost(steps: Sequence[StepFigure], position: int) -> int:
    if position == 0 or steps[position - 1].stopped is None:
        return 0
    return steps[position - 1].stopped or 0


def _text(step: StepFigure) -> str:
    if step.people is None:
        return "not shown: too few people"
    return f"<b>{step.people:,}</b>  {share(step.of_first)}"
