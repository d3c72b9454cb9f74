"""The access log: who saw or did what, when and why; whether it is whole; files of it."""

import streamlit as st

from pages._ui.audit.event_dialog import choose_event, open_chosen
from pages._ui.audit.events_table import events_table
from pages._ui.audit.filters import access_filters
from pages._ui.audit.verification_panel import verification_panel
from pages._ui.audit.who_saw import who_saw_panel
from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, remembered
from pages._ui.list.cells import Order
from pages._ui.list.paging import cursor, order, paging_buttons, turn
from pages._ui.words.audit.sentences import event_sentence
from services.desk import desk
from services.staff.access_log.export import FORMATS, access_log_export
from services.staff.access_log.filters import AccessFilters
from services.staff.permissions import Actor


def _list(who: Actor, filters: AccessFilters) -> None:
    page = desk().access_log.search(who, filters, cursor(), order() is Order.OLDEST)
    events_table(page.rows, key="events", order=order(), turn=turn, open_event=choose_event)
    paging_buttons(page.next)


who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Access log")
    export = export_button()
st.markdown("Who of the staff saw or did what, when and why. Events are added, and never changed.")
verification_panel()
filters = access_filters(remembered("access_choices", 30, lambda: desk().access_log.choices(who)))
if export:
    export_dialog(who, "events", lambda: access_log_export(filters, event_sentence), FORMATS)
with errors_shown():
    checked = filters.checked()
    if checked.patient_id:
        who_saw_panel(who, checked.patient_id)
    _list(who, checked)
open_chosen(who)
