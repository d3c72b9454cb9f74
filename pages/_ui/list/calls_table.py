"""Calls to upstream as a table: one row for each, newest first."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.list.tables import height, moments, opened, opener
from pages._ui.words.names import short
from pages._ui.words.outside import button_text
from services.calls.rows import UpstreamCall


def calls_table(rows: Sequence[UpstreamCall]) -> None:
    """Draw the table; a click on a call names it in the URL."""
    st.dataframe(
        _frame(rows),
        hide_index=True,
        key="calls_table",
        alt="Upstream calls, newest first",
        height=height(len(rows)),
        column_config={
            "Call": opener("calls_open"),
            "At": moments(),
            "Operation": st.column_config.TextColumn(width=330),
            "Outcome": st.column_config.TextColumn(width=80),
            "Took": st.column_config.NumberColumn(width=80, format="%d ms"),
            "Error": st.column_config.TextColumn(width=150),
        },
    )
    if chosen := opened("calls_open", rows):
        st.query_params["call"] = chosen.id
        st.rerun()


def _frame(rows: Sequence[UpstreamCall]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Call": [button_text(short(call.id)) for call in rows],
            "At": [pd.Timestamp(call.at) for call in rows],
            "Operation": [f"{call.method} {call.path}" for call in rows],
            "Outcome": [str(call.status or "no answer") for call in rows],
            "Took": [call.duration_ms for call in rows],
            "Error": [call.error_title or call.error_kind or "" for call in rows],
        }
    )
