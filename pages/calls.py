"""Upstream calls: what was asked of Metriport, how it went, and what is left of the limits."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from pages._ui.charts import calls_figure
from pages._ui.errors import errors_shown, show_error
from pages._ui.filters import about, older_and_newest, one_of
from pages._ui.status import escaped
from pages._ui.tables import height, moments, opened, opener
from pages._ui.viewer import actor, is_dark, remembered, zone
from pages._ui.words import exact, short
from services.bootstrap import desk
from services.calls.call_log import Budget, CallFilters
from services.calls.rows import UpstreamCall
from services.errors import AccessDeskError

_PERIODS = {"Last hour": timedelta(hours=1), "Last day": timedelta(days=1)}


def _budgets(budgets: list[Budget]) -> None:
    st.subheader("Left in this minute", help="Documented limits, less our own calls.")
    with st.grid(min_column_width=150):
        for one in budgets:
            st.metric(
                one.operation,
                f"{one.left} of {one.limit}",
                border=True,
                help=f"{one.used} used in the last minute",
            )


def _operations() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Operations")
        st.space("stretch")
        period = st.segmented_control(
            "Period", list(_PERIODS), default="Last hour", label_visibility="collapsed"
        )
    found = desk().call_log.statistics(who, _PERIODS[period or "Last hour"])
    table = found.per_operation
    if table.empty:
        st.caption("No calls in this period.")
        return
    failed = int(found.over_time.loc[found.over_time["outcome"] == "failed", "calls"].sum())
    st.plotly_chart(
        calls_figure(found.over_time, zone(), dark=is_dark()),
        key="calls_chart",
        config={"displayModeBar": False},
        alt=f"Calls over time: {int(table['calls'].sum()):,}, of which {failed:,} failed",
    )
    st.dataframe(
        table,
        hide_index=True,
        alt="Calls per operation",
        height=height(len(table), 8),
        column_config={
            "method": st.column_config.TextColumn("Method", width=70),
            "path": st.column_config.TextColumn("Operation", width=370),
            "calls": st.column_config.NumberColumn("Calls", width=70, format="localized"),
            "success": st.column_config.ProgressColumn(
                "Success", width=130, format="percent", min_value=0, max_value=1
            ),
            "median_ms": st.column_config.NumberColumn("Median", width=85, format="%d ms"),
            "p95_ms": st.column_config.NumberColumn("95th", width=85, format="%d ms"),
        },
    )


def _filters() -> CallFilters:
    columns = st.columns([4, 2, 3])
    paths = {one: one for one in remembered("paths", 30, lambda: desk().call_log.paths(who))}
    return CallFilters(
        path=one_of(columns[0], "Operation", paths, "operation"),
        outcome=one_of(columns[1], "Outcome", {"ok": "Succeeded", "failed": "Failed"}, "outcome"),
        about=about(columns[2], "Patient, query or request id"),
    )


def _table(rows: list[UpstreamCall]) -> None:
    if not rows:
        st.info(
            "No call matches these filters. Every call to Metriport stands here as long as the "
            "log keeps it.",
            icon=":material/filter_alt_off:",
        )
        return
    frame = pd.DataFrame(
        {
            "Call": [short(one.id) for one in rows],
            "At": [pd.Timestamp(one.at) for one in rows],
            "Operation": [f"{one.method} {one.path}" for one in rows],
            "Outcome": [str(one.status or "no answer") for one in rows],
            "Took": [one.duration_ms for one in rows],
            "Error": [one.error_title or one.error_kind or "" for one in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key="calls_table",
        alt="Upstream calls, newest first",
        height=height(len(rows)),
        column_config={
            "Call": opener("calls_open"),
            "At": moments(),
            "Operation": st.column_config.TextColumn(width=330),
            "Outcome": st.column_config.TextColumn(width=80),
            "Took": st.column_config.NumberColumn(width=80, format="%d ms"),
            "Error": st.column_config.TextColumn(width=150),
        },
    )
    if chosen := opened("calls_open", rows):
        st.query_params["call"] = chosen.id
        st.rerun()


def _call(call: UpstreamCall) -> None:
    with st.container(border=True):
        st.markdown(f"**{escaped(f'{call.method} {call.path}')}**")
        said = [
            f"HTTP {call.status}" if call.status else "No answer",
            f"{call.duration_ms:,} ms",
            exact(call.at, zone()),
            call.error_title,
            call.error_detail,
        ]
        st.caption(escaped(" · ".join(part for part in said if part)))
        left, right = st.columns(2)
        left.caption("Metriport’s request id")
        left.code(call.upstream_request_id or "none", language=None)
        right.caption("Our id")
        right.code(call.id, language=None)
        with st.container(horizontal=True):
            if call.patient_id:
                st.page_link(
                    "patient.py",
                    label="Open the person",
                    icon=":material/person:",
                    query_params={"patient": call.patient_id},
                )
            if call.query_id:
                st.page_link(
                    "query.py",
                    label="Open the query",
                    icon=":material/travel_explore:",
                    query_params={"query": call.query_id},
                )


who = actor()
st.title("Upstream calls")
wanted = st.query_params.get("call", "")
if wanted:
    try:
        _call(remembered(f"call {wanted}", 60, lambda: desk().call_log.open(who, wanted)))
    except AccessDeskError as error:
        show_error(error)
_budgets(desk().call_log.budgets(who))
_operations()
st.subheader("Calls")
filters, before = _filters(), st.query_params.get("before")
with errors_shown():
    remembered(
        f"calls {filters} {before}",
        300,
        lambda: desk().call_log.search(who, filters, before) and True,
    )
    found = desk().call_log.watch_page(who, filters, before)
    _table(list(found.rows))
    older_and_newest(found.older)
