"""The access review: who has which role, since when, and what they used of it."""

import streamlit as st

from pages._ui.audit.review_table import review_summary, review_table
from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor
from services.desk import desk
from services.staff.access_log.review import access_review_export

_PERIODS = {30: "30 days", 90: "90 days", 365: "A year"}

who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Access review")
    export = export_button()
st.markdown(
    "Who can sign in as what, and whether they need it: once a year somebody decides of each role "
    "here whether it is kept. Roles are taken away at the company’s sign-in provider."
)
days: int = st.segmented_control(
    "What they used in the last",
    list(_PERIODS),
    default=90,
    required=True,
    format_func=lambda number: _PERIODS[number],
    key="period",
    bind="query-params",
)
with errors_shown():
    rows = desk().access_review.read(who, days)
    if export:
        export_dialog(who, "roles of the staff", lambda: access_review_export(rows, days))
    review_summary(rows)
    review_table(rows)
