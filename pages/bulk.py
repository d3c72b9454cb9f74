"""Bulk queries: one treatment query for each person of a list, as fast as Metriport allows."""

from dataclasses import dataclass

import streamlit as st

from pages._ui.bulk_runs import bulk_runs
from pages._ui.errors import show_error
from pages._ui.source_choice import ask_ticket, choose_sources, show_complaints
from pages._ui.viewer import actor, remembered
from pages._ui.words import short
from services.bootstrap import desk
from services.bulk.lists import MOST_LINES, BulkList, decoded, parse_list
from services.errors import AccessDeskError, InvalidInput
from services.queries.requests import REASONS, TreatmentRequest

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
    if not text.strip():
        st.info("Paste ids, or wait until the file is uploaded.", icon=":material/playlist_add:")
        return
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
    st.toast(f"{len(ids):,} queries are in line.", icon=":material/playlist_play:")
    st.rerun()


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
bulk_runs(who, facilities)
