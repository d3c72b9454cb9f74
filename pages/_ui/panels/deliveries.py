"""Whether webhooks get through: upstream's own word on its deliveries, and what never came."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.list.tables import height, moments, opened, opener
from pages._ui.words.names import short
from pages._ui.words.outside import button_text, markdown_text
from services.bootstrap import desk
from services.metriport.schemas import DeliveryStatus
from services.staff.permissions import Actor, Permission
from services.webhooks.deliveries import MissingWebhook


def deliveries_panel(who: Actor, missing: Sequence[MissingWebhook]) -> None:
    """Draw upstream's figures of its deliveries, and the button that has failed ones repeated."""
    with errors_shown():
        status = desk().deliveries.status(who)
        _figures(status, len(missing))
        detail = status.webhook_status_detail
        if status.webhook_enabled is False and detail:
            st.warning(f"Metriport says: {markdown_text(detail)}", icon=":material/warning:")
        may = who.may(Permission.WEBHOOKS_REPLAY)
        if may and status.webhook_requests_failed and st.button("Deliver the failed ones again"):
            desk().deliveries.retry(who)
            st.toast("Metriport delivers them again.", icon=":material/send:")
            st.rerun()


def _figures(status: DeliveryStatus, missing: int) -> None:
    enabled = {True: "On", False: "Off", None: "Unknown"}[status.webhook_enabled]
    with st.grid(min_column_width=170):
        st.metric("Deliveries", enabled, border=True)
        st.metric("Under way", status.webhook_requests_processing or 0, border=True)
        st.metric("Failed upstream", status.webhook_requests_failed or 0, border=True)
        st.metric("Never came", missing, border=True, help="See below.")


def missing_table(rows: Sequence[MissingWebhook]) -> None:
    """Draw the webhooks that upstream should have sent and that never came."""
    st.subheader("Never came", help="Sources that ended in the last week without a webhook.")
    if not rows:
        st.caption("Every source that ended in the last week was reported by a webhook.")
        return
    st.dataframe(
        _missing_frame(rows),
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


def _missing_frame(rows: Sequence[MissingWebhook]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Query": [button_text(short(row.query.id)) for row in rows],
            "Type": [row.type for row in rows],
            "Ended": [
                pd.Timestamp(row.source.completed_at or row.query.submitted_at) for row in rows
            ],
            "Request": [row.query.request_id or "—" for row in rows],
        }
    )
