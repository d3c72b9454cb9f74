"""Whether webhooks get through: upstream's own word on its deliveries, and what never came."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import DeliveryStatus
from services.staff.permissions import Actor, Permission
from services.webhooks.deliveries import MissingWebhook

_MISSING = [
    Column("Query", Kind.ID),
    Column("Type"),
    Column("Ended", Kind.MOMENT),
    Column("Request", Kind.ID),
]


def deliveries_panel(who: Actor, missing: Sequence[MissingWebhook]) -> None:
    """Draw upstream's figures of its deliveries, and the button that has failed ones repeated."""
    with errors_shown():
        status = desk().deliveries.status(who)
        _figures(status, len(missing))
        detail = status.webhook_status_detail
        if status.webhook_enabled is False and detail:
            st.warning(f"Metriport says: {markdown_text(detail)}", icon=":material/warning:")
        if not status.webhook_requests_failed:
            return
        if not who.may(Permission.WEBHOOKS_REPLAY):
            st.markdown("Only an administrator can have the failed ones delivered again; ask one.")
        elif st.button("Deliver the failed ones again"):
            desk().deliveries.retry(who)
            st.toast("Metriport delivers them again.", icon=":material/send:")
            st.rerun()


def _figures(status: DeliveryStatus, missing: int) -> None:
    enabled = {True: "On", False: "Off", None: "Unknown"}[status.webhook_enabled]
    with st.grid(4, min_column_width=170):
        st.metric("Deliveries", enabled, border=True)
        st.metric("Under way", status.webhook_requests_processing or 0, border=True)
        st.metric("Failed upstream", status.webhook_requests_failed or 0, border=True)
        st.metric("Never came", missing, border=True, help="See below.")


def missing_table(rows: Sequence[MissingWebhook]) -> None:
    """Draw the webhooks that upstream should have sent and that never came."""
    st.subheader("Never came", help="Sources that ended in the last week without a webhook.")
    show_list(
        _MISSING,
        [_missing_row(row) for row in rows],
        key="missing",
        caption="Webhooks that never came",
        empty="Every source that ended in the last week was reported by a webhook.",
        most=8,
    )


def _missing_row(row: MissingWebhook) -> Row:
    query = row.query
    cells: list[Cell] = [
        query.id,
        row.type,
        row.source.completed_at or query.submitted_at,
        query.request_id,
    ]
    # One query may lack the webhooks of several sources.
    return Row(f"{query.id} {row.source.id}", cells, Place(PlaceKind.QUERY, query.id))
