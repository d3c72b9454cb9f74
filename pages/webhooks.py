"""Webhooks: what Metriport has told us, what became of it, and what it never said."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.errors import errors_shown, show_error
from pages._ui.filters import about, day, midnight, older_and_newest, one_of, several
from pages._ui.live import live
from pages._ui.status import look
from pages._ui.tables import height, moments, opened, opener, pills
from pages._ui.viewer import actor, remembered
from pages._ui.webhook_health import deliveries_panel, missing_table
from pages._ui.words import short
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.staff.permissions import Permission
from services.webhooks.filters import STATES, SIGNATURE_STATUSES, WebhookFilters
from services.webhooks.inbox import WebhookPage
from services.webhooks.rows import WebhookEvent


def _filters() -> WebhookFilters:
    upper = st.columns([3, 3, 2])
    lower = st.columns([4, 2, 2])
    types = {one: one for one in remembered("types", 30, lambda: desk().inbox.types(who))}
    verdicts = {"valid": "Signature valid", "invalid": "Signature wrong"}
    return WebhookFilters(
        types=tuple(several(upper[0], "Type", types, "type")),
        states=tuple(several(upper[1], "State", {one: look(one).label for one in STATES}, "state")),
        signature_status=one_of(
            upper[2], "Signature", {one: verdicts[one] for one in SIGNATURE_STATUSES}, "signature"
        ),
        about=about(lower[0], "Patient, request or message id"),
        since=midnight(day(lower[1], "From", "from")),
        until=midnight(day(lower[2], "To (inclusive)", "to"), days_on=1),
    )


def _page(filters: WebhookFilters) -> WebhookPage | None:
    before = st.query_params.get("before")
    with errors_shown():
        remembered(
            f"webhooks {filters} {before}",
            300,
            lambda: desk().inbox.search(who, filters, before) and True,
        )
        return desk().inbox.watch_page(who, filters, before)
    return None


def _table(page: WebhookPage) -> None:
    if not page.rows:
        st.info(
            "No message matches these filters. Messages come once something was asked of "
            "Metriport; the System page says whether they can get through.",
            icon=":material/filter_alt_off:",
        )
        return
    st.dataframe(
        _frame(page.rows),
        hide_index=True,
        key="webhooks_table",
        alt="Webhooks, newest first",
        height=height(len(page.rows)),
        column_config={
            "Message": opener("webhooks_open"),
            "Received": moments(),
            "Type": st.column_config.TextColumn(width=200),
            "State": pills(map(look, STATES), 100),
            "Request": st.column_config.TextColumn(width=90),
            "Patient": st.column_config.TextColumn(width=90),
            "Came": st.column_config.NumberColumn(width=60, help="How often it was delivered."),
            "Replays": st.column_config.NumberColumn(width=64),
        },
    )
    if chosen := opened("webhooks_open", page.rows):
        st.switch_page("webhook.py", query_params={"message": chosen.id})


def _frame(rows: Sequence[WebhookEvent]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Message": [short(one.id) for one in rows],
            "Received": [pd.Timestamp(one.received_at) for one in rows],
            "Type": [one.type or one.error or "—" for one in rows],
            "State": [[look(one.status).label] for one in rows],
            "Request": [short(one.request_id) for one in rows],
            "Patient": [short(one.patient_id) for one in rows],
            "Came": [one.deliveries for one in rows],
            "Replays": [one.replays for one in rows],
        }
    )


@st.dialog("Replay messages", icon=":material/replay:")
def _replay(filters: WebhookFilters) -> None:
    try:
        number = desk().inbox.count_replayable(who, filters)
        st.markdown(
            f"**{number:,} messages** of this selection are interpreted again. What they say is "
            "in the log already, so nothing changes where all went well. It is noted under your "
            "name."
        )
        if st.button("Replay them", type="primary", disabled=not number):
            done = desk().inbox.replay_all(who, filters)
            desk().interpreter.nudge()
            st.toast(f"{done:,} messages are in line again.", icon=":material/replay:")
            st.rerun()
    except AccessDeskError as error:
        show_error(error)


who = actor()
missing = desk().inbox.missing(who)
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Webhooks")
    replay_all = who.may(Permission.WEBHOOKS_REPLAY) and st.button(
        "Replay this selection", icon=":material/replay:"
    )
live(deliveries_panel, 5)(who, missing)
filters = _filters()
if replay_all:
    _replay(filters)
page = _page(filters)
if page is not None:
    _table(page)
    older_and_newest(page.older)
missing_table(missing)
