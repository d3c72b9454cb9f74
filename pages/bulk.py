"""Bulk queries: one treatment query for each person of a list, as fast as Metriport allows."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages._ui.errors import show_error
from pages._ui.live import live
from pages._ui.source_choice import ask_ticket, choose_sources, show_complaints
from pages._ui.status import badge, escaped, look
from pages._ui.viewer import actor, remembered, zone
from pages._ui.words import ago, duration, exact, requested_names, short
from services.bootstrap import desk
from services.bulk import RUNNING, STOPPED, BulkProgress, BulkResult
from services.bulk_list import MOST_LINES, BulkList, decoded, parse_list
from services.errors import AccessDeskError, InvalidInput
from services.metriport.schemas import Sources
from services.query_requests import REASONS, TreatmentRequest, requested

_CHECKED = "bulk_checked"


@dataclass(frozen=True)
class _Checked:
    """A list that was checked, and the id of the run that may come of it: pressed twice, one run.

    `missing` are the ids that Metriport does not know.
    """

    text: str
    found: BulkList
    missing: set[str]
    run_id: str


def _new_run() -> None:
    pasted = st.text_area(
        "Patient ids",
        height=160,
        placeholder="One id a line, or a table whose first column is the patient id",
        help=f"At most {MOST_LINES:,} lines. Blanks and repeated ids are skipped.",
    )
    file = st.file_uploader("Or a file", type=["csv", "txt", "tsv"], max_upload_size=2)
    if file and pasted:
        st.warning("Use the field or a file, not both: clear one.", icon=":material/warning:")
        return
    text = decoded(file.getvalue()) if file else pasted or ""
    if st.button("Check the list", type="primary", icon=":material/rule:"):
        _check(text)
    checked: _Checked | None = st.session_state.get(_CHECKED)
    if checked is None or not text:
        return
    if checked.text != text:
        st.info("The list has changed since it was checked.", icon=":material/rule:")
        return
    _offer(checked)


def _check(text: str) -> None:
    st.session_state.pop(_CHECKED, None)
    try:
        found = parse_list(text)
        bar = st.progress(0.0, "Asking Metriport who these are …")
        missing: set[str] = set()
        for looked, unknown in desk().bulk.unknown(who, found.ids):
            bar.progress(min(looked / max(len(found.ids), 1), 1.0))
            missing = unknown
        bar.empty()
    except AccessDeskError as error:
        show_error(error)
        return
    st.session_state[_CHECKED] = _Checked(text, found, missing, desk().bulk.new_id())


def _offer(checked: _Checked) -> None:
    found, missing = checked.found, checked.missing
    ids = [one for one in found.ids if one not in missing]
    told = [f"**{len(ids):,} people** can be queried"]
    told += [f"{found.duplicates:,} lines repeat an id"] if found.duplicates else []
    told += [f"{found.wrong_lines:,} lines hold no patient id"] if found.wrong_lines else []
    told += [f"{len(missing):,} ids are unknown to Metriport"] if missing else []
    st.markdown(" · ".join(told))
    if found.wrong:
        st.caption("Lines without an id: " + ", ".join(map(str, found.wrong[:20])))
    if missing:
        st.caption("Unknown: " + ", ".join(short(one) for one in sorted(missing)[:20]))
    if not ids:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        sources = choose_sources("bulk")
        reason = st.selectbox("Reason", REASONS, index=None, key="bulk_reason")
    with right:
        facility = st.selectbox(
            "Treating facility",
            list(facilities),
            index=None,
            format_func=lambda one: facilities[one],
            key="bulk_facility",
        )
        ticket = ask_ticket("bulk")
    minutes = len(ids) / 18
    st.caption(
        f"Outside organisations see each request. At about 18 a minute this takes "
        f"{minutes:,.0f} minutes; it goes on when you leave, and can be stopped."
    )
    if st.button(f"Start {len(ids):,} queries", type="primary", icon=":material/playlist_play:"):
        request = TreatmentRequest(ids[0], facility or "", sources, reason or "", ticket)
        _begin(checked.run_id, ids, request)


def _begin(run_id: str, ids: list[str], request: TreatmentRequest) -> None:
    try:
        desk().bulk.begin(who, run_id, ids, request)
    except InvalidInput as error:
        show_complaints(error.fields or {"list": str(error)})
        return
    desk().bulk_worker.nudge()
    st.session_state.pop(_CHECKED, None)
    st.rerun()


def _runs() -> None:
    """The runs as they go; drawn again every two seconds while one runs."""
    runs = desk().bulk.runs(who)
    running = any(one.run.status == RUNNING for one in runs)
    if running != st.session_state["bulk_live"]:
        st.rerun()
    if not runs:
        st.caption("No run yet.")
    for one in runs:
        _run(one)


def _run(progress: BulkProgress) -> None:
    run, now = progress.run, desk().clock()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run.total:,} people** {badge(run.status)}", width="content")
            when = f"{ago(run.created_at, now)} by {run.created_by}"
            st.caption(when, help=exact(run.created_at, zone()), width="content")
            st.space("stretch")
            _switch(progress)
            _download(progress)
        sources = requested_names(requested(Sources.model_validate(run.sources)))
        st.caption(f"{sources} · {escaped(run.reason)} · {facilities.get(run.facility_id, '')}")
        failed = f", {progress.failed:,} not started" if progress.failed else ""
        told = f"{progress.started:,} of {run.total:,} started{failed}"
        st.progress(progress.done / run.total if run.total else 1.0, told)
        if run.stop_reason:
            st.warning(f"{run.stop_reason} Nobody lost their turn.", icon=":material/warning:")
        elif run.not_before and run.not_before > now:
            left = duration(run.not_before - now)
            st.caption(f":material/pause_circle: Metriport asked to wait; goes on in {left}.")


def _switch(progress: BulkProgress) -> None:
    run = progress.run
    if run.status == RUNNING and st.button("Stop", icon=":material/stop:", key=f"stop_{run.id}"):
        desk().bulk.stop(who, run.id)
        st.rerun()
    resumed = run.status == STOPPED and st.button(
        "Go on", icon=":material/play_arrow:", key=f"resume_{run.id}"
    )
    if resumed:
        desk().bulk.resume(who, run.id)
        desk().bulk_worker.nudge()
        st.rerun()


def _download(progress: BulkProgress) -> None:
    run = progress.run
    st.download_button(
        "Results",
        lambda: _csv(desk().bulk.export(who, run.id)),
        file_name=f"bulk-{run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"download_{run.id}",
        on_click="ignore",
    )


def _csv(results: list[BulkResult]) -> str:
    """Times are UTC."""
    frame = pd.DataFrame(
        {
            "patient_id": [one.item.patient_id for one in results],
            "query_id": [one.query.id if one.query else "" for one in results],
            "request_id": [(one.query.request_id or "") if one.query else "" for one in results],
            "status": [
                look(one.query.status if one.query else one.item.status).label for one in results
            ],
            "submitted_at": [
                one.query.submitted_at.isoformat() if one.query else "" for one in results
            ],
            "error": [
                one.item.error or (one.query.error_detail if one.query else "") or ""
                for one in results
            ],
        }
    )
    csv: str = frame.to_csv(index=False)
    return csv


who = actor()
st.title("Bulk queries")
st.caption("One treatment query for each person of a list. Individual access cannot be bulk.")
try:
    listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
except AccessDeskError as error:
    show_error(error)
    st.stop()
facilities = {one.id: one.name for one in listed}
with st.expander("New run", icon=":material/playlist_add:", expanded=True):
    _new_run()
st.subheader("Runs")
st.session_state["bulk_live"] = any(one.run.status == RUNNING for one in desk().bulk.runs(who))
live(_runs, 2 if st.session_state["bulk_live"] else None)()
