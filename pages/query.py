"""One query in full: its sources, the webhooks that spoke of it, and the calls that served it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.errors import show_error
from pages._ui.query_card import query_card
from pages._ui.status import look
from pages._ui.viewer import actor, remembered, zone
from pages._ui.words import exact, origin_name, purpose_name, requested_names
from services.access import Actor
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.log_rows import Query, UpstreamCall, WebhookEvent
from services.queries import QueryDetail


def _follow(who: Actor, query_id: str, live: bool) -> None:
    detail = desk().queries.watch(who, query_id)
    if live and detail.query.next_check_at is None:
        st.rerun()
    query_card(detail, desk().clock(), link=False)
    _facts(detail)
    st.subheader("Webhooks")
    _webhooks(detail.webhooks)
    st.subheader("Upstream calls")
    _calls(detail.calls)


def _facts(detail: QueryDetail) -> None:
    query = detail.query
    with st.container(horizontal=True):
        st.page_link(
            "patient.py",
            label="Open the person",
            icon=":material/person:",
            query_params={"patient": query.patient_id},
        )
    rows = _fact_rows(query)
    columns = st.columns(2)
    for position, (label, value) in enumerate(rows):
        with columns[position % 2]:
            st.caption(label)
            st.code(value, language=None)


def _fact_rows(query: Query) -> list[tuple[str, str]]:
    zone_ = zone()
    return [
        ("Query id", query.id),
        ("Metriport’s request id", query.request_id or "none yet"),
        ("Patient id", query.patient_id),
        ("Submitted", exact(query.submitted_at, zone_)),
        ("Finished", exact(query.finished_at, zone_) or "not yet"),
        ("Started by", query.started_by or origin_name(query.origin)),
        ("Sources asked for", requested_names(query.requested) or "unknown"),
        ("Reason", query.reason or "none given"),
        ("Ticket", query.ticket or "none"),
        ("Proofed identity", query.proofed_identity_id or "none"),
        ("AAL2 session (our row)", query.aal2_session_id or "none known here"),
    ]


def _webhooks(events: Sequence[WebhookEvent]) -> None:
    if not events:
        st.caption("No webhook has spoken of this query. Status calls follow it all the same.")
        return
    frame = pd.DataFrame(
        {
            "Received": [pd.Timestamp(one.received_at) for one in events],
            "Type": [one.type or "—" for one in events],
            "State": [look(one.status).label for one in events],
            "Came": [f"{one.deliveries}×" for one in events],
            "Remark": [one.error or "" for one in events],
            "Message id": [one.message_id or "—" for one in events],
        }
    )
    _table(frame, "Received", "query_webhooks", "Webhooks about this query, oldest first")


def _calls(calls: Sequence[UpstreamCall]) -> None:
    if not calls:
        st.caption("No call of this dashboard served this query.")
        return
    frame = pd.DataFrame(
        {
            "At": [pd.Timestamp(one.at) for one in calls],
            "Call": [f"{one.method} {one.path}" for one in calls],
            "Status": [str(one.status or "no answer") for one in calls],
            "Took": [f"{one.duration_ms:,} ms" for one in calls],
            "Error": [one.error_detail or one.error_title or one.error_kind or "" for one in calls],
            "Metriport’s request id": [one.upstream_request_id or "—" for one in calls],
        }
    )
    _table(frame, "At", "query_calls", "Calls to Metriport for this query, oldest first")


def _table(frame: pd.DataFrame, time_column: str, key: str, alt: str) -> None:
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        alt=alt,
        column_config={
            time_column: st.column_config.DatetimeColumn(
                format="MMM D, HH:mm:ss z", timezone=zone().key
            )
        },
    )


who = actor()
query_id = st.query_params.get("query", "")
st.page_link("queries.py", label="Queries", icon=":material/arrow_back:")
if not query_id:
    st.info("No query is chosen. Choose one from the list.", icon=":material/travel_explore:")
    st.stop()

try:
    remembered(f"query {query_id}", 300, lambda: desk().queries.open(who, query_id))
    detail = desk().queries.watch(who, query_id)
except AccessDeskError as error:
    st.title("This query cannot be shown")
    show_error(error)
    st.stop()

st.title(f"{purpose_name(detail.query.purpose)} query")
live = detail.query.next_check_at is not None
st.fragment(_follow, run_every=2 if live else None)(who, query_id, live)
