"""The charts of Outcomes. A click on a mark opens the queries behind it, for those who may."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.charts.chart_numbers import NumbersRow, chart_numbers, described
from pages._ui.charts.draw import draw, draw_clickable, empty_picture
from pages._ui.charts.head import chart_head, head_places, set_title
from pages._ui.charts.legend import legend, legend_of_marks
from pages._ui.charts.mark_links import Address, Behind
from pages._ui.charts.time_axis import Happened, Mark, marks_of
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.viewer import is_dark
from pages._ui.list.cells import Column
from pages._ui.outcomes import numbers
from pages._ui.outcomes.duration_figures import (
    PERCENTILE_SIGNS,
    distribution_figure,
    duration_figure,
    durations_time_figure,
)
from pages._ui.outcomes.errors_figure import errors_figure
from pages._ui.outcomes.goal_lines import GoalLines
from pages._ui.outcomes.rate_figure import rate_figure
from pages._ui.outcomes.source_figures import records_figure, source_figure, sources_time_figure
from pages._ui.outcomes.status_figure import status_figure
from pages._ui.outcomes.view_choice import Choice, chosen_bucket
from pages._ui.words.outcomes import OUTCOMES, RECORDS_FOUND, SOURCE_RESULTS, note_on_parts
from services.outcomes.durations import distribution, time_to_finish, times_over_time
from services.outcomes.errors import top_errors
from services.outcomes.frames import NO_RECORDS
from services.outcomes.outcomes import OutcomeView, SourceFacts, StatusFacts
from services.outcomes.tables import (
    completed_by_records,
    completed_over_time,
    sources_over_time,
    status_over_time,
    success_by_source,
)
from services.outcomes.usual_range import RULE, unusual_days

_WAIT = "It fills while queries run. Choose a longer period to see earlier ones."
_SHARES, _OVER_TIME, _SPREAD = "Whole period", "Over time", "Distribution"
_NUMBERS, _COMPLETED = "Queries", "Share completed"

Clicked = tuple[Any, ...] | None


@dataclass(frozen=True)
class OutcomeCharts:
    """Draws the charts of one period.

    `read_status` reads the counts by outcome with bars of a width. `happened` are the annotations
    of the time, `goals` the target lines. `opens` is whether the viewer may see single queries.
    """

    choice: Choice
    facts: SourceFacts
    read_status: Callable[[str], StatusFacts]
    happened: Sequence[Happened]
    goals: GoalLines
    opens: bool

    def status(self) -> None:
        """Queries per bar by outcome and purpose of use; the width of a bar is chosen here."""
        place, controls = head_places("status")
        with controls:
            shown = _chosen("status_as", (_NUMBERS, _COMPLETED))
            bucket = chosen_bucket(self.choice)
        facts, period = self.read_status(bucket), self.choice.period
        if shown == _COMPLETED:
            self._completed(facts, place)
            return
        title = f"Queries per {bucket}, by status and purpose of use"
        set_title(place, title)
        view = facts.view
        table = status_over_time(
            facts.status, bucket, view.zone.key, period.since, period.until, period.now
        )
        unusual = unusual_days(facts.days, period.since, period.now, view.zone, facts.began)
        marks = self._marks(view)
        legend(OUTCOMES, table["status"], dark=is_dark())
        if note := note_on_parts(table, bucket):
            st.caption(note)
        figure = status_figure(table, bucket, dark=is_dark(), unusual=unusual, marks=marks)
        rows = numbers.status_rows(table, view)
        clicked = self._draw(figure, "status", title, numbers.STATUS_COLUMNS, rows)
        self._say_marks(marks, days=bucket == "day" and not self.choice.fixed)
        if clicked:
            purpose, outcome, *bounds = clicked
            since, until = map(datetime.fromisoformat, bounds)
            self._open(Behind(view).bar(purpose, outcome, since, until))

    def _completed(self, facts: StatusFacts, place: DeltaGenerator) -> None:
        """The share of queries that completed, with the goals for it."""
        view = facts.view
        title = f"Share of queries that completed per {view.bucket}"
        set_title(place, title)
        table, marks = completed_over_time(facts.status, view.edges), self._marks(view)
        if table.empty:
            empty_picture("No query has ended yet", _WAIT)
            return
        figure = rate_figure(table, view, dark=is_dark(), goals=self.goals.completed, marks=marks)
        rows = numbers.rate_rows(table, view)
        self._draw(figure, "completed", title, numbers.RATE_COLUMNS, rows)
        self._say_marks(marks)

    def sources(self) -> None:
        """How each source ended: as shares, or its volume and success over time."""
        title = "How each source ended"
        with chart_head(title, "success_by_source"):
            shown = _chosen("sources_as", (_SHARES, _OVER_TIME))
        if self.facts.sources.empty:
            empty_picture("No query has asked a source yet", _WAIT)
            return
        if shown == _OVER_TIME:
            self._sources_over_time()
            return
        table = success_by_source(self.facts.sources)
        legend(SOURCE_RESULTS, table["result"], dark=is_dark())
        rows = numbers.source_rows(table, self._view)
        figure = source_figure(table, dark=is_dark())
        clicked = self._draw(figure, "sources", title, numbers.SOURCE_COLUMNS, rows)
        if clicked:
            source, purpose, result, _ = clicked
            self._open(Behind(self._view).result(source, purpose, result))

    def _sources_over_time(self) -> None:
        title = f"Success and volume of each source per {self._view.bucket}"
        table, marks = sources_over_time(self.facts.sources, self._view.edges), self._marks()
        st.caption("The line is the share that completed, of the queries for which it ended; bars "
                   "are queries.")  # fmt: skip
        figure = sources_time_figure(table, self._view, dark=is_dark(), marks=marks)
        rows = numbers.source_time_rows(table, self._view)
        clicked = self._draw(figure, "sources_time", title, numbers.SOURCE_TIME_COLUMNS, rows)
        self._say_marks(marks)
        if clicked:
            source, purpose, *bounds = clicked
            since, until = map(datetime.fromisoformat, bounds)
            self._open(Behind(self._view).source(source, purpose, since, until))

    def durations(self) -> None:
        """How long completed sources took: percentiles, their course, or the distribution."""
        title = "Time that completed sources took"
        with chart_head(title, "durations"):
            shown = _chosen("times_as", (_SHARES, _OVER_TIME, _SPREAD))
        if self.facts.times.empty:
            empty_picture("No source has completed yet", _WAIT)
            return
        if shown == _SPREAD:
            self._distribution()
            return
        legend_of_marks(PERCENTILE_SIGNS, dark=is_dark())
        if shown == _OVER_TIME:
            self._durations_over_time()
            return
        table = time_to_finish(self.facts.times, self.facts.sources, self.facts.cells)
        rows = numbers.duration_rows(table, self._view)
        figure = duration_figure(table, dark=is_dark())
        clicked = self._draw(figure, "times", title, numbers.DURATION_COLUMNS, rows)
        if clicked:
            self._open(Behind(self._view).result(clicked[0], clicked[1], "completed"))

    def _durations_over_time(self) -> None:
        title = f"Time that completed sources took, per {self._view.bucket}"
        marks = self._marks()
        table = times_over_time(self.facts.times, self._view.edges, self.facts.cells)
        figure = durations_time_figure(
            table, self._view, dark=is_dark(), marks=marks, goals=self.goals.p90
        )
        rows = numbers.duration_time_rows(table, self._view)
        self._draw(figure, "times_time", title, numbers.DURATION_TIME_COLUMNS, rows)
        self._say_marks(marks)

    def _distribution(self) -> None:
        title = "Distribution of the time that completed sources took"
        table = distribution(self.facts.times, self.facts.cells)
        figure = distribution_figure(table, dark=is_dark())
        rows = numbers.distribution_rows(table)
        self._draw(figure, "times_spread", title, numbers.DISTRIBUTION_COLUMNS, rows)

    def errors(self) -> None:
        """The most frequent errors, with their course."""
        title = "Most frequent errors, by the queries that have them"
        chart_head(title, "errors")
        table = top_errors(self.facts.errors, self._view.edges)
        if table.empty:
            empty_picture("No errors in this period", "Nothing is to be done.")
            return
        rows = numbers.error_rows(table, self._view)
        figure = errors_figure(table, self._view, dark=is_dark())
        clicked = self._draw(figure, "errors", title, numbers.ERROR_COLUMNS, rows)
        if clicked:
            where, error, status, purpose = clicked
            self._open(Behind(self._view).error(where, error, status, purpose))

    def records(self) -> None:
        """Completed queries by whether records were found."""
        title = "Completed queries, by the records found"
        chart_head(title, "records")
        table = completed_by_records(self.facts.records)
        if table.empty:
            empty_picture("No query has completed yet", _WAIT)
            return
        legend(RECORDS_FOUND, table["records"], dark=is_dark())
        rows = numbers.records_rows(table, self._view)
        figure = records_figure(table, dark=is_dark())
        clicked = self._draw(figure, "records", title, numbers.RECORDS_COLUMNS, rows)
        if clicked and clicked[1] == "none":
            self._open(Behind(self._view).outcome(clicked[0], NO_RECORDS))

    @property
    def _view(self) -> OutcomeView:
        return self.facts.view

    def _marks(self, view: OutcomeView | None = None) -> list[Mark]:
        view = view or self._view
        return marks_of(self.happened, view.edges, view.period.until, view.zone)

    def _say_marks(self, marks: Sequence[Mark], *, days: bool = False) -> None:
        """What the letters of a chart stand for, and the rule of its triangles."""
        if marks:
            st.text("\n".join(f"{mark.letter}  {mark.words}" for mark in marks))
        if days:
            st.caption(RULE)

    def _draw(
        self,
        figure: go.Figure,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[NumbersRow],
    ) -> Clicked:
        """Draw a figure and its numbers; answers what the mark that was clicked stands for."""
        alt = described(title, columns, rows)
        clicked = None
        if self.opens:
            clicked = draw_clickable(figure, f"outcomes_{key}", alt, picture=True)
        else:
            draw(figure, f"outcomes_{key}", alt, picture=True)
        chart_numbers(columns, rows, key=f"outcomes_{key}", title=title, opens=self.opens)
        return clicked

    def _open(self, address: Address) -> None:
        go_to(page_address("queries.py", address))


def _chosen(key: str, kinds: Sequence[str]) -> str:
    """Draw the choice of how a chart shows its numbers, in the address; answers it."""
    chosen: str | None = st.segmented_control(
        "Shown",
        list(kinds),
        default=kinds[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or kinds[0]
