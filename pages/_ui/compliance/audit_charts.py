"""The charts of the IAS audit. A click on a bar narrows the period to it, for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go
import streamlit as st

from pages._ui.charts.chart_numbers import NumbersRow, chart_numbers, described
from pages._ui.charts.draw import draw_clickable, empty_picture
from pages._ui.charts.legend import legend
from pages._ui.compliance import trend_figures
from pages._ui.compliance.audit_period import address_of_days
from pages._ui.compliance.rules_figure import RULE_COLUMNS, rule_rows, rules_figure
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.viewer import is_dark
from pages._ui.list.cells import Column
from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.compliance.states import (
    COMPLETE,
    COMPLETENESS,
    INCOMPLETE,
    NOTICE,
    SERIOUS,
    SEVERITIES,
    WARNING,
)
from services.compliance.audit_figures import Figures, Trend

_PAGE = "ias_audit.py"


@dataclass(frozen=True)
class AuditCharts:
    """Draws the charts of one period; `lists` tells whether the viewer may see single queries."""

    trend: Trend
    figures: Figures
    lists: bool

    def completeness(self) -> None:
        """IAS queries over time, by whether their evidence is complete."""
        title = f"IAS queries per {self.trend.width}, by their evidence"
        st.subheader(title)
        if not self.figures.queries:
            empty_picture("No IAS query in this period", "Choose a longer one above.")
            return
        legend(COMPLETENESS, (COMPLETE, INCOMPLETE), dark=is_dark())
        figure = trend_figures.completeness_figure(self.trend, dark=is_dark())
        rows = trend_figures.completeness_rows(self.trend)
        self._draw(figure, "completeness", title, trend_figures.COMPLETENESS_COLUMNS, rows)

    def severities(self) -> None:
        """Queries and looks with findings over time."""
        title = f"Queries and looks with findings per {self.trend.width}"
        st.subheader(title)
        if not self.figures.with_findings:
            empty_picture("No finding in this period", "Nothing is to be done.")
            return
        legend(SEVERITIES, (SERIOUS, WARNING, NOTICE), dark=is_dark())
        figure = trend_figures.severity_figure(self.trend, dark=is_dark())
        rows = trend_figures.severity_rows(self.trend)
        self._draw(figure, "severities", title, trend_figures.SEVERITY_COLUMNS, rows)

    def rules(self) -> None:
        """Draw how often each rule found something, the most frequent first.

        A click on a rule lists its findings, for a viewer who may see lists.
        """
        title = "What the rules found"
        st.subheader(title)
        found = list(self.figures.by_rule.items())
        if not found:
            empty_picture("No rule has found anything in this period", "Nothing is to be done.")
            return
        figure = rules_figure(found, dark=is_dark())
        alt = described(title, RULE_COLUMNS, rule_rows(found))
        clicked = draw_clickable(figure, "audit_rules", alt)
        self._numbers("rules", title, RULE_COLUMNS, rule_rows(found), opens=self.lists)
        if clicked and self.lists:
            self._open({"rule": rule_title(clicked[0])})

    def _draw(
        self,
        figure: go.Figure,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[NumbersRow],
    ) -> None:
        clicked = draw_clickable(figure, f"audit_{key}", described(title, columns, rows))
        self._numbers(key, title, columns, rows, opens=True)
        if clicked:
            since, until = map(date.fromisoformat, clicked)
            self._open(address_of_days(since, until))

    def _numbers(
        self,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[NumbersRow],
        *,
        opens: bool,
    ) -> None:
        chart_numbers(columns, rows, key=f"audit_{key}", title=title, opens=opens, file=_PAGE)

    def _open(self, change: dict[str, str]) -> None:
        """Go to this page with a change of its address."""
        kept: dict[str, str | list[str]] = {
            name: st.query_params.get_all(name) for name in st.query_params if name != "after"
        }
        go_to(page_address(_PAGE, kept | change))
