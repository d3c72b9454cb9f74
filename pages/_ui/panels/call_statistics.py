"""What is left of the rate limits, and how calls to upstream fared over a period."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from pages._ui.charts.call_figure import calls_figure
from pages._ui.charts.draw import draw
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.table import show_list
from services.bootstrap import desk
from services.calls.rate_budgets import RateBudget
from services.staff.permissions import Actor

_PERIODS = {"Last hour": timedelta(hours=1), "Last day": timedelta(days=1)}


def rate_budgets(budgets: Sequence[RateBudget]) -> None:
    """Draw how many calls of each limited operation are left."""
    st.subheader("Left in this minute", help="Documented limits, less our own calls.")
    with st.grid(min_column_width=150):
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
        st.subheader("Operations")
        st.space("stretch")
        period = st.segmented_control(
            "Period", list(_PERIODS), default="Last hour", label_visibility="collapsed"
        )
    found = desk().call_log.statistics(who, _PERIODS[period or "Last hour"])
    operations = found.per_operation
    if operations.empty:
        st.caption("No calls in this period.")
        return
    over_time = found.over_time
    failed = int(over_time.loc[over_time["outcome"] == "failed", "calls"].sum())
    draw(
        calls_figure(over_time, zone(), dark=is_dark()),
        "calls_chart",
        f"Calls over time: {int(operations['calls'].sum()):,}, of which {failed:,} failed",
    )
    _operations_table(operations)


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
    return Row(name, [name, int(operation.calls), float(operation.success), *times])
