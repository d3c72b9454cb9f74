"""Queries as a table: one row each, its name a button that opens it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.list.tables import height, opened, opener, state_column
from pages._ui.words.names import origin_name, purpose_name, short
from pages._ui.words.outside import button_text
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, label, words_of
from pages._ui.words.times import duration
from services.queries.query_log import QueryRow
from services.queries.rows import NetworkQuery, QuerySource

_SHORT = {"hie": "HIE", "pharmacy": "Rx", "lab": "Lab"}
"""Sources in a narrow cell."""


def queries_frame(rows: Sequence[QueryRow]) -> pd.DataFrame:
    """The content of the table. Times are UTC; a status is a list of one word."""
    queries = [row.query for row in rows]
    return pd.DataFrame(
        {
            "Query": [button_text(short(query.id)) for query in queries],
            "Submitted": [pd.Timestamp(query.submitted_at) for query in queries],
            "Purpose": [purpose_name(query.purpose) for query in queries],
            "Status": [[label(QUERY_STATES, query.status)] for query in queries],
            "Sources": [_list_sources(row.sources) for row in rows],
            "Took": [_measure(query) for query in queries],
            "Patient": [short(query.patient_id) for query in queries],
            "Started by": [query.started_by or origin_name(query.origin) for query in queries],
            "Reason": [query.reason or "—" for query in queries],
        }
    )


def queries_table(rows: Sequence[QueryRow], *, key: str, hidden: Sequence[str] = ()) -> None:
    """Draw the table without its `hidden` columns; a click on a query opens it."""
    if not rows:
        st.caption("No queries.")
        return
    st.dataframe(
        queries_frame(rows).drop(columns=list(hidden)),
        hide_index=True,
        key=f"{key}_table",
        alt="Network queries, newest first",
        height=height(len(rows)),
        column_config={
            "Query": opener(f"{key}_open", 88),
            "Submitted": st.column_config.DatetimeColumn(
                format="MMM D, HH:mm z", timezone=zone().key, width=130
            ),
            "Status": state_column(QUERY_STATES, [row.query.status for row in rows], 102),
            "Purpose": st.column_config.TextColumn(width=82),
            "Sources": st.column_config.TextColumn(
                width=150,
                help="Rx is the pharmacy source. ✓ completed, ✗ failed, – not started, … under way",
            ),
            "Started by": st.column_config.TextColumn(width=115),
            "Took": st.column_config.TextColumn(width=84, alignment="right"),
            "Patient": st.column_config.TextColumn(width=90),
        },
    )
    if chosen := opened(f"{key}_open", rows):
        st.switch_page("query.py", query_params={"query": chosen.query.id})


def _list_sources(sources: Sequence[QuerySource]) -> str:
    return "  ".join(
        f"{_SHORT.get(source.type, source.type)} {words_of(SOURCE_STATES, source.status).mark}"
        for source in sources
    )


def _measure(query: NetworkQuery) -> str:
    """How long the query took, or a dash while that is unknown."""
    # A query that was started elsewhere is submitted, for the log, at its first webhook.
    began = min(query.started_at or query.submitted_at, query.submitted_at)
    if query.finished_at is None or query.finished_at <= began:
        return "—"
    return duration(query.finished_at - began)
