"""The charts of Outcomes. A click on a mark opens the queries behind it, for those who may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages._ui.charts import mark_links, outcome_numbers
from pages._ui.charts.chart_numbers import NumbersRow, chart_numbers, described
from pages._ui.charts.draw import draw, draw_clickable, empty_picture
from pages._ui.charts.legend import legend, legend_of_marks
from pages._ui.charts.outcome_figures import (
    PERCENTILE_SIGNS,
    duration_figure,
    errors_figure,
    source_figure,
    status_figure,
)
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.list.cells import Column
from pages._ui.panels.period_choice import chosen_bucket
from pages._ui.words.outcomes import SOURCE_RESULTS, note_on_parts
from pages._ui.words.states import QUERY_STATES
from services.outcomes.outcomes import OutcomeFacts
from services.outcomes.periods import Period
from services.outcomes.tables import (
    status_over_time,
    success_by_source,
    time_to_finish,
    top_errors,
)

_WAIT = "It fills while queries run. Choose a longer period to see earlier ones."


@dataclass(frozen=True)
class OutcomeCharts:
    """Draws the charts of one period; `opens` tells whether the viewer may see single queries."""

    facts: OutcomeFacts
    period: Period
    opens: bool

    def status(self) -> None:
        """Queries per bucket by status and purpose of use; the bucket is chosen here."""
        period = self.period
        with st.container(horizontal=True, vertical_alignment="bottom"):
            heading = st.empty()
            st.space("stretch")
            bucket = chosen_bucket(period.days)
        title = f"Queries per {bucket}, by status and purpose of use"
        heading.subheader(title)
        table = status_over_time(
            self.facts.queries, bucket, zone().key, period.since, period.until, period.now
        )
        legend(QUERY_STATES, table["status"], dark=is_dark())
        if note := note_on_parts(table, bucket):
            st.caption(note)
        rows = outcome_numbers.status_rows(table, bucket, zone())
        figure = status_figure(table, bucket, dark=is_dark())
        clicked = self._draw(figure, "status", title, outcome_numbers.STATUS_COLUMNS, rows)
        if clicked:
            purpose, status, *bounds = clicked
            since, until = map(datetime.fromisoformat, bounds)
            self._open(mark_links.bucket_link(purpose, status, since, until, zone()))

    def success(self) -> None:
        """The share of each result per source."""
        title = "How each source ended, by share of queries"
        st.subheader(title)
        table = success_by_source(self.facts.sources)
        if table.empty:
            empty_picture("No query has asked a source yet", _WAIT)
            return
        legend(SOURCE_RESULTS, table["result"], dark=is_dark())
        rows = outcome_numbers.source_rows(table, self._within)
        figure = source_figure(table, dark=is_dark())
        clicked = self._draw(figure, "sources", title, outcome_numbers.SOURCE_COLUMNS, rows)
        if clicked:
            self._open(mark_links.result_link(clicked[0], clicked[1], self._within))

    def durations(self) -> None:
        """How long completed sources took."""
        title = "Time that completed sources took"
        st.subheader(title)
        table = time_to_finish(self.facts.sources)
        if table.empty:
            empty_picture("No source has completed yet", _WAIT)
            return
        legend_of_marks(PERCENTILE_SIGNS, dark=is_dark())
        rows = outcome_numbers.duration_rows(table, self._within)
        figure = duration_figure(table, dark=is_dark())
        clicked = self._draw(figure, "times", title, outcome_numbers.DURATION_COLUMNS, rows)
        if clicked:
            self._open(mark_links.completed_link(clicked[0], self._within))

    def errors(self) -> None:
        """The most frequent errors."""
        title = "Most frequent errors, by the queries that have them"
        st.subheader(title)
        table = top_errors(self.facts)
        if table.empty:
            empty_picture("No errors in this period", "Nothing is to be done.")
            return
        rows = outcome_numbers.error_rows(table, self._within)
        figure = errors_figure(table, dark=is_dark())
        clicked = self._draw(figure, "errors", title, outcome_numbers.ERROR_COLUMNS, rows)
        if clicked:
            where, error, status = clicked
            self._open(mark_links.error_link(where, error, status, self._within))

    @property
    def _within(self) -> mark_links.Address:
        return mark_links.span(self.period.since, self.period.until, zone())

    def _draw(
        self,
        figure: go.Figure,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[NumbersRow],
    ) -> tuple[Any, ...] | None:
        """Draw a figure and its numbers; answers what the mark that was clicked stands for."""
        alt = described(title, columns, rows)
        clicked = None
        if self.opens:
            clicked = draw_clickable(figure, f"outcomes_{key}", alt)
        else:
            draw(figure, f"outcomes_{key}", alt)
        chart_numbers(columns, rows, key=f"outcomes_{key}", title=title, opens=self.opens)
        return clicked

    def _open(self, address: mark_links.Address) -> None:
        go_to(page_address("queries.py", address))
