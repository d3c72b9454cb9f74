"""The rules of the IAS audit by what they found, as a figure and as its numbers. Pure."""

from collections.abc import Iterable

import plotly.graph_objects as go

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.style import chart_colour, make_figure, named_rows
from pages._ui.list.cells import Column, Kind
from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.outside import chart_text

_MOST_RULES = 10
_LONGEST_RULE = 46

RULE_COLUMNS = [Column("Rule"), Column("Findings", Kind.NUMBER)]


def rules_figure(rules: Iterable[tuple[str, int]], *, dark: bool) -> go.Figure:
    """The rules that found most, the most frequent on top, each with its number beside its bar."""
    upward = list(rules)[:_MOST_RULES][::-1]
    bars = {
        "type": "bar",
        "x": [number for _, number in upward],
        "y": [str(row) for row in range(len(upward))],
        "orientation": "h",
        "marker": {"color": chart_colour("blue", dark=dark)},
        "text": [f"{number:,}" for _, number in upward],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [(rule,) for rule, _ in upward],
        "hovertext": [chart_text(rule_title(rule)) for rule, _ in upward],
        "hovertemplate": "%{hovertext}<br>%{x:,} findings<extra></extra>",
    }
    axes = {
        "xaxis": {"visible": False},
        "yaxis": named_rows([_rule_name(one) for one, _ in upward]),
    }
    return make_figure([bars], axes, 20 + 26 * max(len(upward), 2), dark=dark)


def rule_rows(rules: Iterable[tuple[str, int]]) -> list[NumbersRow]:
    """The rules as rows, the most frequent first."""
    return [
        NumbersRow([rule_title(rule), number], {"rule": rule_title(rule)}) for rule, number in rules
    ]


def _rule_name(rule: str) -> str:
    title = rule_title(rule)
    return chart_text(title if len(title) <= _LONGEST_RULE else title[: _LONGEST_RULE - 1] + "…")
