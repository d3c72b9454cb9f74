"""The dialog that makes a file of a selection of queries."""

import streamlit as st

from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from pages._ui.list.csv_button import csv_button
from pages._ui.list.queries_csv import queries_csv
from services.desk import desk
from services.errors import AccessDeskError
from services.queries.export import MOST_EXPORTED
from services.queries.filters import QueryFilters
from services.staff.permissions import Actor


@dialog("Export queries", icon=":material/download:")
def export_dialog(who: Actor, filters: QueryFilters) -> None:
    """Count the queries of the selection, and offer the file where they are not too many."""
    try:
        number = desk().query_exports.count(who, filters)
    except AccessDeskError as error:
        show_error(error)
        return
    if number > MOST_EXPORTED:
        st.warning(
            f"More than {MOST_EXPORTED:,} queries match. Narrow the filters, for example to a "
            "month, and export again.",
            icon=":material/filter_alt:",
        )
        return
    st.markdown(
        f"**{number:,} queries** match the filters. The file has whole ids and no names; its times "
        "are in UTC. The export is noted under your name."
    )
    csv_button(
        "Download the file",
        f"queries-{desk().clock():%Y-%m-%d}",
        lambda: queries_csv(desk().query_exports.rows(who, filters)),
        primary=True,
        disabled=not number,
    )
