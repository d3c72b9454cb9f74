"""The figures above the charts of Outcomes, each beside its value of the period before."""

import streamlit as st

from services.outcomes.tables import Headline

_BEFORE = "vs. before"


def headline_figures(now: Headline, before: Headline) -> None:
    """Draw the figures of a period; `before` is the period of the same length before it."""
    with st.grid(min_column_width=200):
        st.metric(
            "Queries",
            f"{now.queries:,}",
            delta=f"{now.queries - before.queries:+,}" if before.queries else None,
            delta_color="off",
            delta_description=_BEFORE,
            border=True,
        )
        st.metric(
            "Completed",
            _percent(now.completed_rate),
            delta=_change(now.completed_rate, before.completed_rate),
            delta_description=_BEFORE,
            border=True,
            help="Every source answered. Of the queries that ran to their end.",
        )
        st.metric(
            "Failed",
            _percent(now.failed_rate),
            delta=_change(now.failed_rate, before.failed_rate),
            delta_color="inverse",
            delta_description=_BEFORE,
            border=True,
            help="No source answered. Of the queries that ran to their end.",
        )
        st.metric(
            "IAS share",
            _percent(now.ias_share),
            delta=_change(now.ias_share, before.ias_share),
            delta_color="off",
            delta_description=_BEFORE,
            border=True,
            help="Queries for individual access, of all queries.",
        )


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.1%}"


def _change(now: float | None, before: float | None) -> str | None:
    """The change in percentage points, or None where one of the two is unknown."""
    if now is None or before is None:
        return None
    return f"{(now - before) * 100:+.1f} points"
