"""What is left of the rate limits, and how calls to upstream fared over a period."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from pages._ui.charts.call_figure import CALL_COLUMNS, call_rows, calls_figure
from pages._ui.charts.chart_numbers import chart_numbers, described
from pages._ui.charts.draw import draw, empty_picture
from pages._ui.charts.legend import legend
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.states import CALL_STATES
from pages._ui.words.wire import call_name
from services.calls.rate_budgets import RateBudget
from services.desk import desk
from services.staff.permissions import Actor

_SHORTEST, _LONGEST = "Last hour", "Last day"
_PERIODS = {_SHORTEST: timedelta(hours=1), _LONGEST: timedelta(days=1)}
_BARS = {_SHORTEST: "2 minutes", _LONGEST: "hour"}
"""The length of a bar, as `services.calls.statistics.BUCKETS` has it."""


def rate_budgets(budgets: Sequence[RateBudget]) -> None:
    """Draw how many calls of each limited operation are left."""
    st.subheader("Left in this minute", help="Documented limits, less our own calls.")
    with st.grid(len(budgets), min_column_width=150):
        for budget in budgets:
            st.metric(
                budget.limit.operation,
                f"{budget.left} of {budget.limit.per_minute}",
                border=True,
                help=f"{budget.used} used in the last minute",
            )


def call_statistics(who: Actor) -> None:
    """Draw calls over time and per operation, for a period that is chosen here."""
    with st.container(horizontal=True, vertical_alignment="center"):
        heading = st.empty()
        st.space("stretch")
        period = st.segmented_control(
            "Period",
            list(_PERIODS),
            default=_SHORTEST,
            required=True,
            label_visibility="collapsed",
        )
    found = desk().call_log.statistics(who, _PERIODS[period])
    title = f"Calls per {_BARS[period]}, by outcome"
    heading.subheader(title)
    if found.per_operation.empty:
        longer = "Choose the last day above" if period == _SHORTEST else "Search for a patient"
        empty_picture("No calls in this period", f"{longer}: every call to Metriport counts here.")
        return
    _calls_chart(found.over_time, title)
    st.subheader("Operations")
    _operations_table(found.per_operation)


def _calls_chart(over_time: pd.DataFrame, title: str) -> None:
    legend(CALL_STATES, over_time["outcome"], dark=is_dark())
    rows = call_rows(over_time, zone())
    alt = described(title, CALL_COLUMNS, rows)
    draw(calls_figure(over_time, zone(), dark=is_dark()), "calls_chart", alt)
    chart_numbers(CALL_COLUMNS, rows, key="calls", title=title, opens=False)


def _operations_table(operations: pd.DataFrame) -> None:
    columns = [
        Column("Operation"),
        Column("Calls", Kind.NUMBER),
        Column("Success", Kind.SHARE),
        Column("Median", Kind.NUMBER, unit="ms"),
        Column("95th", Kind.NUMBER, unit="ms", help="19 of 20 calls were as fast or faster."),
    ]
    show_list(
        columns,
        [_operation_row(operation) for operation in operations.itertuples()],
        key="operations",
        caption="Calls per operation",
        empty="No calls in this period.",
        most=8,
    )


def _operation_row(operation: Any) -> Row:
    name = f"{operation.method} {operation.path}"
    times = [round(float(operation.median_ms)), round(float(operation.p95_ms))]
    return Row(
        name, [Hover(call_name(name), name), int(operation.calls), float(operation.success), *times]
    )
