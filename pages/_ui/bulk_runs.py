"""Bulk runs as they go: progress, stop and go on, the people, and the file of results."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages._ui.live import live
from pages._ui.status import badge, escaped, look
from pages._ui.tables import height, moments, opened, opener, pills
from pages._ui.viewer import remembered, zone
from pages._ui.words import ago, duration, exact, requested_names, short
from services.bootstrap import desk
from services.bulk.runs import RUNNING, STOPPED, BulkProgress, BulkResult
from services.metriport.schemas import Sources
from services.queries.requests import requested
from services.staff.permissions import Actor

_SHOWN = 100
_LIVE = "bulk_live"


def bulk_runs(who: Actor, facilities: Mapping[str, str]) -> None:
    """Draw the newest runs, again and again while one of them goes on."""
    if "run" in st.query_params and st.button("All runs", icon=":material/close:"):
        del st.query_params["run"]
        st.rerun()
    runs = desk().bulk.runs(who, st.query_params.get("run"))
    st.session_state[_LIVE] = any(one.run.status == RUNNING for one in runs)
    live(_runs, 2 if st.session_state[_LIVE] else None)(who, facilities)


def _runs(who: Actor, facilities: Mapping[str, str]) -> None:
    runs = desk().bulk.runs(who, st.query_params.get("run"))
    running = any(one.run.status == RUNNING for one in runs)
    if running != st.session_state[_LIVE]:
        st.rerun()
    if not runs:
        st.caption("No run yet.")
    for one in runs:
        _run(who, one, facilities)


def _run(who: Actor, progress: BulkProgress, facilities: Mapping[str, str]) -> None:
    run, now = progress.run, desk().clock()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run.total:,} people** {badge(run.status)}", width="content")
            when = f"{ago(run.created_at, now)} by {run.created_by}"
            st.caption(when, help=exact(run.created_at, zone()), width="content")
            st.space("stretch")
            _switch(who, progress)
            _download(who, progress)
        sources = requested_names(requested(Sources.model_validate(run.sources)))
        st.caption(f"{sources} · {escaped(run.reason)} · {facilities.get(run.facility_id, '')}")
        failed = f", {progress.failed:,} not started" if progress.failed else ""
        told = f"{progress.started:,} of {run.total:,} started{failed}"
        st.progress(progress.done / run.total if run.total else 1.0, told)
        if run.stop_reason:
            st.warning(f"{run.stop_reason} Nobody lost their turn.", icon=":material/warning:")
        elif run.status == RUNNING and run.not_before and run.not_before > now:
            left = duration(run.not_before - now)
            st.caption(f":material/pause_circle: Metriport took no more; goes on in {left}.")
        if st.toggle("Show the people", key=f"people_{run.id}"):
            _people(who, progress)


def _people(who: Actor, progress: BulkProgress) -> None:
    """The first people of a run; the file has them all."""
    run_id = progress.run.id
    remembered(f"bulk {run_id}", 300, lambda: desk().bulk.open(who, run_id))
    rows = desk().bulk.results(who, run_id, _SHOWN)
    if progress.run.total > _SHOWN:
        st.caption(f"The first {_SHOWN}; the results to download have all {progress.run.total:,}.")
    states = [one.query.status if one.query else one.item.status for one in rows]
    frame = pd.DataFrame(
        {
            "Query": [short(one.query.id) if one.query else "—" for one in rows],
            "Patient": [one.item.patient_id for one in rows],
            "Status": [[look(one).label] for one in states],
            "Submitted": [pd.Timestamp(one.query.submitted_at) if one.query else pd.NaT
                          for one in rows],
            "Why not": [one.item.error or (one.query.error_detail if one.query else "") or ""
                        for one in rows],
        }
    )  # fmt: skip
    st.dataframe(
        frame,
        hide_index=True,
        key=f"bulk_{run_id}",
        alt="The people of the run and their queries",
        height=height(len(rows), 10),
        column_config={
            "Query": opener(f"bulk_open_{run_id}"),
            "Patient": st.column_config.TextColumn(width=285),
            "Status": pills(map(look, states), 105),
            "Submitted": moments(),
            "Why not": st.column_config.TextColumn(width=170),
        },
    )
    chosen = opened(f"bulk_open_{run_id}", rows)
    if chosen and chosen.query:
        st.switch_page("query.py", query_params={"query": chosen.query.id})


def _switch(who: Actor, progress: BulkProgress) -> None:
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


def _download(who: Actor, progress: BulkProgress) -> None:
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
