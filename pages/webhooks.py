"""Webhooks: what Metriport has sent, what became of it, and what never came."""

import streamlit as st

from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.dialogs.replay import replay_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.live import Subject, live
from pages._ui.frame.viewer import actor, remembered
from pages._ui.list.cells import Order
from pages._ui.list.filters import about, one_of, period, several
from pages._ui.list.paging import cursor, nothing_found, order, paging_buttons, turn
from pages._ui.list.webhooks_table import webhooks_table
from pages._ui.panels.deliveries import deliveries_panel, missing_table
from pages._ui.words.acts import ONLY_ADMINISTRATORS_REPLAY
from pages._ui.words.states import SIGNATURE_STATES, WEBHOOK_STATES, label
from pages._ui.words.wire import webhook_name
from services.desk import desk
from services.staff.permissions import Permission
from services.webhooks.export import webhooks_export
from services.webhooks.filters import SIGNATURE_STATUSES, STATES, WebhookFilters

_EMPTY = (
    "No message matches these filters. Messages come once something was asked of Metriport; the "
    "System page says whether they can get through."
)


def _filters() -> WebhookFilters:
    upper = st.columns([3, 3, 2])
    lower = st.columns([4, 2, 2])
    since, until = period(lower[1], lower[2])
    types = {
        name: webhook_name(name)
        for name in remembered("types", 30, lambda: desk().inbox.types(who))
    }
    states = {state: label(WEBHOOK_STATES, state) for state in STATES}
    signatures = {status: label(SIGNATURE_STATES, status) for status in SIGNATURE_STATUSES}
    return WebhookFilters(
        types=tuple(several(upper[0], "Type", types, "type")),
        states=tuple(several(upper[1], "State", states, "state")),
        signature_status=one_of(upper[2], "Signature", signatures, "signature"),
        about=about(lower[0], "Patient, request or message id"),
        since=since,
        until=until,
    )


who = actor()
may_replay = who.may(Permission.WEBHOOKS_REPLAY)
missing = desk().deliveries.missing(who)
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Webhooks")
    replay_all = may_replay and st.button("Replay all that match", icon=":material/replay:")
    export = export_button()
if not may_replay:
    st.markdown(ONLY_ADMINISTRATORS_REPLAY)
live(deliveries_panel, Subject.WEBHOOK)(who, missing)
filters = _filters()
if export:
    export_dialog(who, "messages", lambda: webhooks_export(filters))
if replay_all:
    replay_dialog(who, filters)
with errors_shown():
    page = desk().inbox.search(who, filters, cursor(), order() is Order.OLDEST)
    chosen = webhooks_table(
        page.rows,
        empty=nothing_found(page.searched_to, _EMPTY),
        order=order(),
        turn=turn,
        select=may_replay,
    )
    if chosen and st.button(f"Replay the {len(chosen)} selected", icon=":material/replay:"):
        replay_dialog(who, WebhookFilters(ids=tuple(chosen)))
    paging_buttons(page.next, searched_to=page.searched_to)
missing_table(missing)
