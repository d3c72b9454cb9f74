"""Webhooks as a table: one row for each message, newest first."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.list.tables import height, moments, opened, opener, state_column
from pages._ui.words.names import short
from pages._ui.words.outside import button_text
from pages._ui.words.states import WEBHOOK_STATES, label
from services.webhooks.rows import WebhookEvent


def webhooks_table(rows: Sequence[WebhookEvent]) -> None:
    """Draw the table; a click on a message opens it."""
    st.dataframe(
        _frame(rows),
        hide_index=True,
        key="webhooks_table",
        alt="Webhooks, newest first",
        height=height(len(rows)),
        column_config={
            "Message": opener("webhooks_open"),
            "Received": moments(),
            "Type": st.column_config.TextColumn(width=200),
            "State": state_column(WEBHOOK_STATES, [event.status for event in rows], 100),
            "Request": st.column_config.TextColumn(width=90),
            "Patient": st.column_config.TextColumn(width=90),
            "Came": st.column_config.NumberColumn(width=60, help="How often it was delivered."),
            "Replays": st.column_config.NumberColumn(width=64),
        },
    )
    if chosen := opened("webhooks_open", rows):
        st.switch_page("webhook.py", query_params={"message": chosen.id})


def _frame(rows: Sequence[WebhookEvent]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Message": [button_text(short(event.id)) for event in rows],
            "Received": [pd.Timestamp(event.received_at) for event in rows],
            "Type": [event.type or event.error or "—" for event in rows],
            "State": [[label(WEBHOOK_STATES, event.status)] for event in rows],
            "Request": [short(event.request_id) for event in rows],
            "Patient": [short(event.patient_id) for event in rows],
            "Came": [event.deliveries for event in rows],
            "Replays": [event.replays for event in rows],
        }
    )
