"""A new bulk run: a list is pasted or uploaded, checked, and started."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from pages._ui.dialogs.source_choice import ask_ticket, choose_sources, show_complaints
from pages._ui.frame.errors import show_error
from pages._ui.words.names import short
from pages._ui.words.outside import markdown_text
from services.bulk.lists import MOST_LINES, BulkList, decoded, parse_list
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Actor

_CHECKED = "bulk_checked"
_A_MINUTE = 18
"""People whose query is started within a minute, about."""

_MOST_NAMED = 20
"""Lines and ids that are named one by one."""

_MOST_PASTED = 500_000
"""Characters. The gate ends the connection of a page that sends two million bytes at once."""


@dataclass(frozen=True)
class _Checked:
    """A list that was checked. `missing` are the ids that Metriport does not know.

    `run_id` is of the run that may come of it: starting twice with one id starts once.
    """

    text: str
    found: BulkList
    missing: set[str]
    run_id: str

    @property
    def ids(self) -> list[str]:
        """The ids of the people who can be queried."""
        return [patient_id for patient_id in self.found.ids if patient_id not in self.missing]


def new_run(who: Actor, facilities: Mapping[str, str]) -> None:
    """Draw the form; `facilities` maps ids to names."""
    pasted = st.text_area(
        "Patient ids",
        height=160,
        placeholder="One id a line, or a table whose first column is the patient id",
        max_chars=_MOST_PASTED,
        help=f"At most {MOST_LINES:,} lines and {_MOST_PASTED:,} characters; for a wider table use "
        "a file. Blanks and repeated ids are skipped.",
    )
    file = st.file_uploader("Or a file", type=["csv", "txt", "tsv"], max_upload_size=2)
    if file and pasted:
        st.warning("Use the field or a file, not both: clear one.", icon=":material/warning:")
        return
    text = decoded(file.getvalue()) if file else pasted or ""
    if st.button("Check the list", type="primary", icon=":material/rule:"):
        _check(who, text)
    checked: _Checked | None = st.session_state.get(_CHECKED)
    if checked is None or not text:
        return
    if checked.text != text:
        st.info("The list has changed since it was checked.", icon=":material/rule:")
        return
    _describe(checked)
    if checked.ids:
        _offer(who, checked, facilities)


def _check(who: Actor, text: str) -> None:
    st.session_state.pop(_CHECKED, None)
    if not text.strip():
        st.info("Paste ids, or wait until the file is uploaded.", icon=":material/playlist_add:")
        return
    try:
        found = parse_list(text)
        missing = _find_missing(who, found)
    except AccessDeskError as error:
        show_error(error)
        return
    st.session_state[_CHECKED] = _Checked(text, found, missing, desk().bulk.new_id())


def _find_missing(who: Actor, found: BulkList) -> set[str]:
    """The ids that Metriport does not know, with a bar that shows how far the question is."""
    bar = st.progress(0.0, "Asking Metriport who these are …")
    missing: set[str] = set()
    for looked, unknown in desk().bulk.unknown(who, found.ids):
        bar.progress(min(looked / max(len(found.ids), 1), 1.0))
        missing = unknown
    bar.empty()
    return missing


def _describe(checked: _Checked) -> None:
    found, missing = checked.found, checked.missing
    parts = [f"**{len(checked.ids):,} people** can be queried"]
    parts += [f"{found.duplicates:,} ids are repeated"] if found.duplicates else []
    parts += [f"{found.wrong_lines:,} lines hold no patient id"] if found.wrong_lines else []
    parts += [f"{found.left_out:,} ids stand elsewhere and are left out"] if found.left_out else []
    parts += [f"{len(missing):,} ids are unknown to Metriport"] if missing else []
    st.markdown(" · ".join(parts))
    if found.wrong:
        st.caption("Lines without an id: " + ", ".join(map(str, found.wrong[:_MOST_NAMED])))
    if found.heading:
        st.caption("The first row was read as the names of the columns.")
    if found.repeated:
        st.caption("Lines with a repeated id: " + ", ".join(map(str, found.repeated[:_MOST_NAMED])))
    if found.left_out_ids:
        others = [short(patient_id) for patient_id in found.left_out_ids[:_MOST_NAMED]]
        st.caption(markdown_text("Left out: " + ", ".join(others)))
    if missing:
        named = [short(patient_id) for patient_id in sorted(missing)[:_MOST_NAMED]]
        st.caption(markdown_text("Unknown: " + ", ".join(named)))


def _offer(who: Actor, checked: _Checked, facilities: Mapping[str, str]) -> None:
    ids = checked.ids
    left, right = st.columns(2, gap="medium")
    with left:
        sources = choose_sources("bulk")
        reason = st.selectbox("Reason", REASONS, index=None, key="bulk_reason")
    with right:
        facility = st.selectbox(
            "Treating facility",
            list(facilities),
            index=None,
            format_func=lambda facility_id: facilities[facility_id],
            key="bulk_facility",
        )
        ticket = ask_ticket("bulk")
    st.caption(
        f"Outside organisations see each request. At about {_A_MINUTE} a minute this takes "
        f"{len(ids) / _A_MINUTE:,.0f} minutes; it goes on when you leave, and can be stopped."
    )
    if st.button(f"Start {len(ids):,} queries", type="primary", icon=":material/playlist_play:"):
        request = TreatmentRequest(ids[0], facility or "", sources, reason or "", ticket)
        _begin(who, checked, request)


def _begin(who: Actor, checked: _Checked, request: TreatmentRequest) -> None:
    try:
        desk().bulk.begin(who, checked.run_id, checked.ids, request)
    except InvalidInput as error:
        show_complaints(error.fields or {"list": str(error)})
        return
    desk().bulk_worker.nudge()
    st.session_state.pop(_CHECKED, None)
    st.toast(f"{len(checked.ids):,} queries are in line.", icon=":material/playlist_play:")
    st.rerun()
