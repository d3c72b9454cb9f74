"""Who saw one person's record, as a summary: one row for each member of the staff."""

import streamlit as st

from pages._ui.audit.report_dialog import report_button
from pages._ui.frame.go import page_address
from pages._ui.frame.places import open_link
from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.facts_grid import Id, facts_grid
from pages._ui.list.table import show_list
from pages._ui.words.names import role_name
from services.desk import desk
from services.lookup.finder import PlaceKind
from services.staff.access_log.log import Looker
from services.staff.permissions import Actor

_COLUMNS = (
    Column("Who"),
    Column("Role", help="The one of their newest event."),
    Column("Events", Kind.NUMBER, help="Looks and acts, and searches that showed the person."),
    Column("Refused", Kind.NUMBER, help="Attempts that the program did not allow."),
    Column("First", Kind.MOMENT),
    Column("Last", Kind.MOMENT),
)
_MOST_ROWS = 8
_NOT_COUNTED = (
    "Lists of queries, webhooks and calls, and files made of them, show no names, only ids. They "
    "count here where they were filtered by this person."
)


def who_saw_panel(who: Actor, patient_id: str) -> None:
    """Draw the summary, and what can be done with it."""
    lookers = desk().access_log.who_saw(who, patient_id)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Everyone who looked at this record")
            st.space("stretch")
            open_link(PlaceKind.PATIENT, patient_id)
            report_button(who, patient_id)
        facts_grid([("Patient id", Id(patient_id))], key="who_saw_whom")
        show_list(
            _COLUMNS,
            [_row(looker, patient_id) for looker in lookers],
            key="who_saw",
            caption="Everyone who looked at this record",
            empty="Nobody has looked at this record, and no search has shown it.",
            most=_MOST_ROWS,
        )
        st.markdown(_NOT_COUNTED)


def _row(looker: Looker, patient_id: str) -> Row:
    return Row(
        looker.actor_id,
        [
            Hover(looker.name, looker.actor_id),
            role_name(looker.role),
            looker.times,
            looker.refused,
            looker.first_at,
            looker.last_at,
        ],
        address=page_address("access_log.py", {"about": patient_id, "who": looker.actor_id}),
    )
