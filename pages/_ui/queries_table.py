"""Queries as a table: one row each, its name a button that opens it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.status import look
from pages._ui.tables import height, opened, opener, pills
from pages._ui.viewer import zone
from pages._ui.words import duration, origin_name, purpose_name, short
from services.queries.query_log import QueryRow
from services.queries.rows import NetworkQuery, QuerySource
from services.queries.status import STATUSES


def queries_frame(rows: Sequence[QueryRow]) -> pd.DataFrame:
    """The table's content; times are UTC, the status a list of one for its coloured pill."""
    queries = [row.query for row in rows]
    return pd.DataFrame(
        {
            "Query": [short(one.id) for one in queries],
            "Submitted": [pd.Timestamp(one.submitted_at) for one in queries],
            "Purpose": [purpose_name(one.purpose) for one in queries],
            "Status": [[look(one.status).label] for one in queries],
            "Sources": [_sources(row.sources) for row in rows],
            "Took": [_took(one) for one in queries],
            "Patient": [short(one.patient_id) for one in queries],
            "Started by": [one.started_by or origin_name(one.origin) for one in queries],
            "Reason": [one.reason or "—" for one in queries],
        }
    )


def queries_table(rows: Sequence[QueryRow], *, key: str, hidden: Sequence[str] = ()) -> None:
    """Draw the table; a click on a query opens it."""
    if not rows:
        st.caption("No queries.")
        return
    frame = queries_frame(rows).drop(columns=list(hidden))
    st.dataframe(
        frame,
        hide_index=True,
        key=f"{key}_table",
        alt="Network queries, newest first",
        height=height(len(rows)),
        column_config={
            "Query": opener(f"{key}_open", 88),
            "Submitted": st.column_config.DatetimeColumn(
                format="MMM D, HH:mm z", timezone=zone().key, width=130
            ),
            "Status": pills(map(look, STATUSES), 102),
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


_SHORT = {"hie": "HIE", "pharmacy": "Rx", "lab": "Lab"}
_MARKS = {"completed": "✓", "failed": "✗", "not_started": "–"}


def _sources(sources: Sequence[QuerySource]) -> str:
    return "  ".join(
        f"{_SHORT.get(one.type, one.type)} {_MARKS.get(one.status, '…')}" for one in sources
    )


def _took(query: NetworkQuery) -> str:
    # Somebody else's query is known only from its first news on.
    began = min(query.started_at or query.submitted_at, query.submitted_at)
    if query.finished_at is None or query.finished_at <= began:
        return "—"
    return duration(query.finished_at - began)
