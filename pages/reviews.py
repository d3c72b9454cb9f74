"""The review queue: what waits for a reviewer, one item open at a time, and what was decided."""

import streamlit as st

from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.live import Subject, live
from pages._ui.frame.viewer import actor
from pages._ui.list.paging import cursor
from pages._ui.reviews.filters import figures_line, review_filters
from pages._ui.reviews.item import review_item
from pages._ui.reviews.place import go_to_item, keep_filters, open_item_id, turn_buttons
from pages._ui.reviews.table import review_table
from pages._ui.words.compliance.reviews import EMPTY
from services.compliance.reviews.export import decisions_export
from services.compliance.reviews.listing import ReviewFilters
from services.desk import desk

_BESIDE_AN_ITEM = 4
"""Rows of the list that are seen at once while an item is open below."""


def _queue(filters: ReviewFilters, most: int | None) -> None:
    """The figures and the list, drawn again when anything in the queue changes."""
    if open_item_id() != item_id:
        # A row was pressed: what is open stands outside of this part.
        st.rerun()
    figures_line(desk().reviews.figures(who))
    page = desk().reviews.search(who, filters, cursor())
    review_table(page.rows, empty=EMPTY[filters.view], most=most, open_item=go_to_item)
    turn_buttons(page.next)


who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Reviews")
    export = export_button()
st.markdown(
    "Findings, and a random sample of each week, wait here for a reviewer. A notice alone waits "
    "for nobody. Nobody reviews what they did themselves, and “not justified” takes two."
)
if export:
    export_dialog(who, "decisions", decisions_export)
filters = review_filters()
keep_filters(filters)
item_id = open_item_id()
with errors_shown():
    live(_queue, Subject.REVIEW)(filters, _BESIDE_AN_ITEM if item_id else None)
if item_id:
    review_item(who, item_id)
