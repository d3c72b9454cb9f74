"""The figure of a person's records per FHIR resource type, and its numbers."""

from collections.abc import Mapping

import plotly.graph_objects as go

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.style import chart_colour, make_figure, named_rows
from pages._ui.list.cells import Column, Kind
from pages._ui.words.outside import chart_text

RECORD_COLUMNS = [Column("Type"), Column("Resources", Kind.NUMBER)]


def records_figure(counts: Mapping[str, int], *, dark: bool) -> go.Figure:
    """FHIR resources per type, most first; every bar has its number written beside it."""
    upward = sorted(counts.items(), key=lambda count: count[1])
    kinds = [chart_text(kind) for kind, _ in upward]
    bars = {
        "type": "bar",
        "x": [n for _, n in upward],
        "y": [str(row) for row in range(len(upward))],
        "orientation": "h",
        "marker": {"color": chart_colour("blue", dark=dark)},
        "text": [f"{n:,}" for _, n in upward],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": kinds,
        "hovertemplate": "%{hovertext}: %{x:,}<extra></extra>",
    }
    # The numbers stand beside the bars, so the axis would say them twice.
    axes = {"xaxis": {"visible": False}, "yaxis": named_rows(kinds)}
    return make_figure([bars], axes, 60 + 26 * max(len(upward), 2), dark=dark)


def record_rows(counts: Mapping[str, int]) -> list[NumbersRow]:
    """The bars of the figure, most first."""
    downward = sorted(counts.items(), key=lambda count: -count[1])
    return [NumbersRow([kind, n]) for kind, n in downward]
