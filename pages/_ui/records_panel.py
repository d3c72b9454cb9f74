"""What upstream holds for a person: asked for, followed, and charted per resource type."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from pages._ui.charts import records_figure
from pages._ui.errors import errors_shown
from pages._ui.status import badge, escaped
from pages._ui.viewer import is_dark, zone
from pages._ui.words import ago, exact
from services.bootstrap import desk
from services.records.rows import RecordRequest
from services.staff.permissions import Actor


def records_panel(who: Actor, patient_id: str, requests: Sequence[RecordRequest]) -> None:
    """The latest counts, the request that is under way, and the button for a new one."""
    now = desk().clock()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Records")
        st.space("stretch")
        if st.button("Fetch records", icon=":material/clinical_notes:", key="records_fetch"):
            with errors_shown():
                desk().records.fetch(who, patient_id)
                st.rerun()
    if requests and requests[0].counted_at is None:
        _under_way(requests[0], now)
    counted = next((one for one in requests if one.counted_at), None)
    if counted is not None:
        _chart(counted, now)
    elif not requests:
        st.caption(
            "Nothing was fetched yet. Fetch the records once a query has completed: Metriport "
            "gathers what its sources sent, and the numbers appear here."
        )


def is_under_way(requests: Sequence[RecordRequest]) -> bool:
    """Whether the newest request still waits for something."""
    return bool(requests) and requests[0].next_check_at is not None


def _under_way(request: RecordRequest, now: datetime) -> None:
    told = f"{badge(request.status)} asked {ago(request.submitted_at, now)}"
    if request.error_detail:
        told += f" · Metriport says: {escaped(request.error_detail)}"
    st.markdown(told, help=exact(request.submitted_at, zone()))


def _chart(request: RecordRequest, now: datetime) -> None:
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
    st.plotly_chart(
        records_figure(counts, dark=is_dark()),
        key="records_chart",
        config={"displayModeBar": False},
        alt="Resources per type: " + ", ".join(f"{kind} {n}" for kind, n in counts.items()),
    )
