"""The records that upstream holds for a person: the newest count, and the request under way."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from pages._ui.charts.chart_numbers import chart_numbers, described
from pages._ui.charts.draw import draw
from pages._ui.charts.records_figure import RECORD_COLUMNS, record_rows, records_figure
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import is_dark, zone
from pages._ui.words.acts import FETCH_RECORDS
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import RECORDS_STATES, badge
from pages._ui.words.times import ago, exact
from services.desk import desk
from services.records.rows import RecordRequest
from services.staff.permissions import Actor, Permission


def records_panel(who: Actor, patient_id: str, requests: Sequence[RecordRequest]) -> None:
    """Draw the newest count, the request that is under way, and the button for a new one.

    `requests` are the person's, newest first.
    """
    now = desk().clock()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Records")
        st.space("stretch")
        if st.button(FETCH_RECORDS, icon=":material/clinical_notes:", key="records_fetch"):
            with errors_shown():
                desk().records.fetch(who, patient_id)
                st.rerun()
    if requests and who.may(Permission.RECORDS_DOWNLOAD):
        st.page_link(
            "records.py",
            label="Look at the records",
            icon=":material/lock_open:",
            query_params={"patient": patient_id},
        )
    if requests and requests[0].counted_at is None:
        _show_request(requests[0], now)
    counted = next((request for request in requests if request.counted_at), None)
    if counted is not None:
        _show_count(counted, now)
    elif not requests:
        st.caption(
            "Nothing was fetched yet. Fetch the records once a query has completed: Metriport "
            "gathers what its sources sent, and the numbers appear here."
        )


def _show_request(request: RecordRequest, now: datetime) -> None:
    line = f"{badge(RECORDS_STATES, request.status)} asked {ago(request.submitted_at, now)}"
    if request.error_detail:
        line += f" · Metriport says: {markdown_text(request.error_detail)}"
    st.markdown(line, help=exact(request.submitted_at, zone()))


def _show_count(request: RecordRequest, now: datetime) -> None:
    counts = request.resource_counts or {}
    total = sum(counts.values())
    when = request.counted_at or now
    st.caption(
        f"**{total:,}** resources of {len(counts)} types, counted {ago(when, now)}",
        help=exact(when, zone()),
    )
    if not counts:
        st.info(
            "Metriport holds no records for this person. A query with more sources may find some.",
            icon=":material/folder_off:",
        )
        return
    _records_chart(counts)


def _records_chart(counts: Mapping[str, int]) -> None:
    title, rows = "Resources per type", record_rows(counts)
    draw(
        records_figure(counts, dark=is_dark()),
        "records_chart",
        described(title, RECORD_COLUMNS, rows),
    )
    chart_numbers(RECORD_COLUMNS, rows, key="records", title=title, opens=False)
