"""What is left of the rate limits, and how calls to upstream fared over a period."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from pages._ui.charts.call_figure import calls_figure
from pages._ui.charts.draw import draw
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.list.tables import height
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
    st.dataframe(
        operations,
        hide_index=True,
        alt="Calls per operation",
        height=height(len(operations), 8),
        column_config={
            "method": st.column_config.TextColumn("Method", width=70),
            "path": st.column_config.TextColumn("Operation", width=370),
            "calls": st.column_config.NumberColumn("Calls", width=70, format="localized"),
            "success": st.column_config.ProgressColumn(
                "Success", width=130, format="percent", min_value=0, max_value=1
            ),
            "median_ms": st.column_config.NumberColumn("Median", width=85, format="%d ms"),
            "p95_ms": st.column_config.NumberColumn("95th", width=85, format="%d ms"),
        },
    )
