"""Bulk runs: their progress, the buttons that stop and resume, the people, and the results."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.live import Subject, live
from pages._ui.frame.viewer import zone
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.names import requested_names
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import BULK_PERSON_STATES, BULK_STATES, badge, words_of
from pages._ui.words.times import ago, duration, exact
from services.bulk.export import results_export
from services.bulk.runs import RUNNING, STOPPED, BulkProgress, BulkResult
from services.desk import desk
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Sources
from services.queries.requests import name_requested
from services.staff.permissions import Actor

_MOST_PEOPLE = 100
"""Rows that are shown of a run; the file of results has them all."""

_EXPORTED = "exported_run"
"""The key, in the browser session, of the run whose export dialog is to be opened."""

_PEOPLE = [
    Column("Patient", Kind.ID),
    Column("Status", Kind.STATE),
    Column("Submitted", Kind.MOMENT),
    Column("Why not"),
]


def bulk_runs(who: Actor, facilities: Mapping[str, str]) -> None:
    """Draw the newest runs, and again when one of them has come further.

    `facilities` maps ids to names.
    """
    if "run" in st.query_params and st.button("All runs", icon=":material/close:"):
        del st.query_params["run"]
        st.rerun()
    exported = st.session_state.pop(_EXPORTED, None)
    if exported:
        export_dialog(who, "people", lambda: results_export(exported))
    live(_runs, Subject.RUN)(who, facilities)


def _runs(who: Actor, facilities: Mapping[str, str]) -> datetime | None:
    """Answers when a run that Metriport has slowed down goes on, if one does."""
    runs = desk().bulk.runs(who, st.query_params.get("run"))
    if not runs:
        st.caption("No run yet.")
    for progress in runs:
        _run(who, progress, facilities)
    paused = (progress.run.not_before for progress in runs if progress.run.status == RUNNING)
    return min((at for at in paused if at and at > desk().clock()), default=None)


def _run(who: Actor, progress: BulkProgress, facilities: Mapping[str, str]) -> None:
    run = progress.run
    with st.container(border=True):
        _heading(who, progress)
        sources = requested_names(name_requested(Sources.model_validate(run.sources)))
        facility = facilities.get(run.facility_id, "")
        st.caption(markdown_text(f"{sources} · {run.reason} · {facility}"))
        failed = f", {progress.failed:,} not started" if progress.failed else ""
        done = progress.done / run.total if run.total else 1.0
        st.progress(done, f"{progress.started:,} of {run.total:,} started{failed}")
        _setback(progress)
        if st.toggle("Show the people", key=f"people_{run.id}"):
            _people(who, progress)


def _heading(who: Actor, progress: BulkProgress) -> None:
    run = progress.run
    with st.container(horizontal=True, vertical_alignment="center"):
        state = badge(BULK_STATES, run.status)
        st.markdown(f"**{run.total:,} people** {state}", width="content")
        when = f"{ago(run.created_at, desk().clock())} by {run.created_by}"
        st.caption(markdown_text(when), help=exact(run.created_at, zone()), width="content")
        st.space("stretch")
        _stop_or_resume(who, progress)
        if export_button(f"export_{run.id}"):
            st.session_state[_EXPORTED] = run.id
            # The whole page is drawn: this part repeats, and would close the dialog when it does.
            st.rerun()


def _setback(progress: BulkProgress) -> None:
    """Why the run does not go on now, if so."""
    run, now = progress.run, desk().clock()
    if run.stop_reason:
        st.warning(
            f"{markdown_text(run.stop_reason)} Nobody lost their turn.", icon=":material/warning:"
        )
    elif run.status == RUNNING and run.not_before and run.not_before > now:
        left = duration(run.not_before - now)
        st.caption(f":material/pause_circle: Metriport took no more; goes on in {left}.")


def _stop_or_resume(who: Actor, progress: BulkProgress) -> None:
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


def _people(who: Actor, progress: BulkProgress) -> None:
    run_id = progress.run.id
    results = desk().bulk.results(who, run_id, _MOST_PEOPLE)
    if progress.run.total > _MOST_PEOPLE:
        st.caption(
            f"The first {_MOST_PEOPLE}; the file of the export has all {progress.run.total:,}."
        )
    show_list(
        _PEOPLE,
        [_person(result) for result in results],
        key=f"bulk_{run_id}",
        caption="The people of the run and their queries",
        empty="Nobody is in this run.",
        most=10,
    )


def _person(result: BulkResult) -> Row:
    query = result.query
    cells: list[Cell] = [
        result.item.patient_id,
        words_of(BULK_PERSON_STATES, _status(result)),
        query.submitted_at if query else None,
        _error(result),
    ]
    opens = Place(PlaceKind.QUERY, query.id) if query else None
    return Row(result.item.patient_id, cells, opens)


def _status(result: BulkResult) -> str:
    return result.query.status if result.query else result.item.status


def _error(result: BulkResult) -> str:
    """Why the person's query was not started, or failed; empty where nothing went wrong."""
    return result.item.error or (result.query.error_detail if result.query else "") or ""
