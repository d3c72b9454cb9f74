"""The charts of Outcomes. A click on a mark opens the queries behind it, for those who may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages._ui.charts.draw import describe, draw, draw_clickable
from pages._ui.charts.outcome_figures import (
    duration_figure,
    errors_figure,
    source_figure,
    status_figure,
)
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, label
from services.outcomes.outcomes import OutcomeFacts
from services.outcomes.tables import (
    status_over_time,
    success_by_source,
    time_to_finish,
    top_errors,
)
from services.queries.status import COMPLETED

_FILTERS = ("status", "purpose", "source", "source_status", "origin", "facility")
"""The keys of the filters of the Queries page."""


@dataclass(frozen=True)
class OutcomeCharts:
    """Draws the charts of one period, `since` to before `until`.

    `opens` tells whether the viewer may see the queries behind a mark.
    """

    facts: OutcomeFacts
    since: datetime
    until: datetime
    opens: bool

    def status(self, bucket: str) -> None:
        """Queries per bucket by status and purpose of use."""
        st.subheader("Status over time")
        table = status_over_time(self.facts.queries, bucket, zone().key, self.since, self.until)
        figure = status_figure(table, dark=is_dark())
        clicked = self._draw(figure, "status", f"Queries per {bucket} by status and purpose")
        if clicked:
            self._open_bucket(bucket, *clicked)

    def success(self) -> None:
        """The share of each outcome per source."""
        st.subheader("Success by source")
        table = success_by_source(self.facts.sources)
        clicked = self._draw_table(table, source_figure, "sources", "No source was asked yet.")
        if clicked:
            self._open_source(clicked[0], clicked[1])

    def durations(self) -> None:
        """How long completed sources took."""
        st.subheader("Time to finish by source")
        table = time_to_finish(self.facts.sources)
        clicked = self._draw_table(table, duration_figure, "times", "No source has completed yet.")
        if clicked:
            self._open_source(clicked[0], COMPLETED)

    def errors(self) -> None:
        """The most frequent errors."""
        st.subheader("Most frequent errors")
        table = top_errors(self.facts)
        clicked = self._draw_table(table, errors_figure, "errors", "No errors in this period.")
        if clicked:
            where, error = clicked
            source = {} if where == "query" else {"source": source_name(where)}
            self._open_queries(error=error, **source)

    def _draw_table(
        self, table: pd.DataFrame, make: Callable[..., go.Figure], key: str, empty: str
    ) -> tuple[Any, ...] | None:
        if table.empty:
            st.caption(empty)
            return None
        return self._draw(make(table, dark=is_dark()), key, describe(table))

    def _draw(self, figure: go.Figure, key: str, alt: str) -> tuple[Any, ...] | None:
        if self.opens:
            return draw_clickable(figure, f"outcomes_{key}", alt)
        draw(figure, f"outcomes_{key}", alt)
        return None

    def _open_bucket(self, bucket: str, purpose: str, status: str, start: str) -> None:
        first = datetime.fromisoformat(start).date()
        last = first + timedelta(days=6 if bucket == "week" else 0)
        days = {"from": first.isoformat(), "to": last.isoformat()}
        names = {"purpose": purpose_name(purpose), "status": label(QUERY_STATES, status)}
        self._open_queries(**names, **days)

    def _open_source(self, source: str, status: str) -> None:
        status_label = label(SOURCE_STATES, status)
        self._open_queries(source=source_name(source), source_status=status_label)

    def _open_queries(self, **filters: str) -> None:
        """Go to the queries behind a mark; a URL carries the words that the filters show."""
        for key in _FILTERS:
            # What was filtered for at an earlier visit is not what this mark stands for.
            st.session_state.pop(key, None)
        first = self.since.astimezone(zone()).date()
        last = (self.until.astimezone(zone()) - timedelta(microseconds=1)).date()
        days = {"from": first.isoformat(), "to": last.isoformat()}
        st.switch_page("queries.py", query_params=days | filters)
