"""Upstream calls: what was asked of Metriport, how it went, and what is left of the limits."""

import streamlit as st

from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, remembered
from pages._ui.list.calls_table import calls_table
from pages._ui.list.cells import Order
from pages._ui.list.filters import about, one_of
from pages._ui.list.paging import cursor, nothing_found, order, paging_buttons, turn
from pages._ui.panels.call_statistics import call_statistics, rate_budgets
from pages._ui.words.states import CALL_STATES
from pages._ui.words.wire import path_name
from services.calls.call_log import CallFilters
from services.calls.export import calls_export
from services.desk import desk

_EMPTY = (
    "No call matches these filters. Every call to Metriport stands here as long as the log keeps "
    "it."
)
_OUTCOMES = {"ok": CALL_STATES["completed"].label, "failed": CALL_STATES["failed"].label}


def _filters() -> CallFilters:
    columns = st.columns([4, 2, 3])
    called = remembered("paths", 30, lambda: desk().call_log.paths(who))
    paths = {path: path_name(path) for path in called}
    return CallFilters(
        path=one_of(columns[0], "Operation", paths, "operation"),
        outcome=one_of(columns[1], "Outcome", _OUTCOMES, "outcome"),
        about=about(columns[2], "Patient, query or request id"),
    )


who = actor()
st.title("Upstream calls")
rate_budgets(desk().rate_budgets.show(who))
call_statistics(who)
with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader("Calls")
    export = export_button()
filters = _filters()
if export:
    export_dialog(who, "calls", lambda: calls_export(filters))
with errors_shown():
    page = desk().call_log.search(who, filters, cursor(), order() is Order.OLDEST)
    calls_table(
        page.rows,
        empty=nothing_found(page.searched_to, _EMPTY),
        order=order(),
        turn=turn,
    )
    paging_buttons(page.next, searched_to=page.searched_to)
