"""Whether webhooks get through: upstream's own word, and what never came."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.errors import errors_shown
from pages._ui.tables import height, moments, opened, opener
from pages._ui.words import short
from services.bootstrap import desk
from services.metriport.schemas import DeliveryStatus
from services.staff.permissions import Actor, Permission
from services.webhooks.inbox import MissingWebhook


def deliveries_panel(who: Actor, missing: Sequence[MissingWebhook]) -> None:
    """Upstream's own word on how its deliveries fare."""
    with errors_shown():
        status = desk().inbox.deliveries(who)
        with st.grid(min_column_width=170):
            st.metric("Deliveries", _on_or_off(status), border=True)
            st.metric("Under way", status.webhook_requests_processing or 0, border=True)
            st.metric("Failed upstream", status.webhook_requests_failed or 0, border=True)
            st.metric("Never came", len(missing), border=True, help="See below.")
        detail = status.webhook_status_detail
        if status.webhook_enabled is False and detail:
            st.warning(f"Metriport says: {detail}", icon=":material/warning:")
        may = who.may(Permission.WEBHOOKS_REPLAY)
        if may and status.webhook_requests_failed and st.button("Deliver the failed ones again"):
            desk().inbox.retry_deliveries(who)
            st.toast("Metriport delivers them again.", icon=":material/send:")
            st.rerun()


def _on_or_off(status: DeliveryStatus) -> str:
    return {True: "On", False: "Off", None: "Unknown"}[status.webhook_enabled]


def missing_table(rows: Sequence[MissingWebhook]) -> None:
    """What upstream should have told, and did not."""
    st.subheader("Never came", help="Sources that ended in the last week without a webhook.")
    if not rows:
        st.caption("Every source that ended in the last week was told by a webhook.")
        return
    frame = pd.DataFrame(
        {
            "Query": [short(one.query.id) for one in rows],
            "Type": [one.type for one in rows],
            "Ended": [
                pd.Timestamp(one.source.completed_at or one.query.submitted_at) for one in rows
            ],
            "Request": [one.query.request_id or "—" for one in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key="missing_table",
        alt="Webhooks that never came",
        height=height(len(rows), 8),
        column_config={
            "Query": opener("missing_open"),
            "Type": st.column_config.TextColumn(width=200),
            "Ended": moments(),
            "Request": st.column_config.TextColumn(width=330),
        },
    )
    if chosen := opened("missing_open", rows):
        st.switch_page("query.py", query_params={"query": chosen.query.id})
