"""The dialogs that start a query: choose, read what will happen, confirm. One per purpose."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages._ui.consent.consent_words import start_warning
from pages._ui.dialogs.open_dialog import close_dialog, dialog, open_dialog
from pages._ui.dialogs.send_link import VERIFICATION, ask_to_send
from pages._ui.dialogs.source_choice import ask_ticket, choose_sources, show_complaints
from pages._ui.frame.errors import show_error
from pages._ui.frame.finished_queries import await_finish
from pages._ui.frame.viewer import forget, zone
from pages._ui.words.acts import SEND_VERIFICATION, START_IAS, START_TREATMENT
from pages._ui.words.names import purpose_name, requested_names
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import QUERY_STATES, words_of
from services.desk import desk
from services.errors import AccessDeskError, Drifted, InvalidInput
from services.identity.drift.fields import field_names
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.queries.requests import (
    DRIFT_REASONS,
    IAS,
    REASONS,
    TREATMENT,
    IasRequest,
    QueryRequest,
    TreatmentRequest,
    name_requested,
)
from services.staff.permissions import Actor

_QUERY_ID = "start_query_id"
_REVIEWED = "start_reviewed"


def ask_to_start(purpose: str, patient_id: str) -> None:
    """Open the dialog for a query of that purpose."""
    # One id for one opening of the dialog: pressing twice starts once.
    st.session_state[_QUERY_ID] = desk().query_starts.new_id()
    st.session_state.pop(_REVIEWED, None)
    open_dialog(purpose, patient_id)


@dialog(
    START_TREATMENT,
    width="medium",
    icon=":material/travel_explore:",
    on_dismiss=close_dialog,
)
def treatment_dialog(who: Actor, patient: Patient, facilities: Mapping[str, str]) -> None:
    """Ask for a query that serves a clinician; `facilities` maps ids to names."""
    reviewed = st.session_state.get(_REVIEWED)
    if isinstance(reviewed, TreatmentRequest):
        facility = markdown_text(facilities[reviewed.facility_id])
        summary = (
            f"- Purpose of use: **treatment**, for {facility}\n"
            f"- Reason: {reviewed.reason}{_ticket_line(reviewed)}"
        )
        _confirm(who, patient, reviewed, summary)
        return
    sources = choose_sources(TREATMENT)
    own = [key for key in patient.facility_ids if key in facilities] or list(facilities)
    chosen = st.selectbox(
        "Treating facility",
        own,
        index=0 if len(own) == 1 else None,
        format_func=lambda key: facilities[key],
        key="treatment_facility",
    )
    reason = st.selectbox("Reason", REASONS, index=None, key="treatment_reason")
    ticket = ask_ticket(TREATMENT)
    _review(TreatmentRequest(patient.id, chosen or "", sources, reason or "", ticket))


@dialog(START_IAS, width="medium", icon=":material/key:", on_dismiss=close_dialog)
def ias_dialog(who: Actor, patient: Patient, access: PersonAccess) -> None:
    """Ask for a query by which the person retrieves their own records.

    Warnings are shown in the first step; without any there is nothing more to press.
    """
    reviewed = st.session_state.get(_REVIEWED)
    if isinstance(reviewed, IasRequest):
        summary = (
            "- Purpose of use: **individual access (IAS)**, at the person’s own request\n"
            f"- Uses up the person’s AAL2 session: the next one needs a new challenge"
            f"{_drift_line(reviewed)}{_ticket_line(reviewed)}"
        )
        _confirm(who, patient, reviewed, summary)
        return
    sources = choose_sources(IAS)
    if warning := start_warning(access.consent, desk().identity.consent_rule, zone()):
        st.warning(markdown_text(warning), icon=":material/unpublished:")
    drifted = desk().drift.compare(who, patient).drifted_fields
    reason = _ask_drift_reason(patient.id, drifted) if drifted else ""
    request = IasRequest(patient.id, sources, ask_ticket(IAS), reason, drifted)
    _review(request, complaint=_NO_DRIFT_REASON if drifted and not reason else "")


_NO_DRIFT_REASON = "Have the person verify again, or choose why the query is right all the same."


def _ask_drift_reason(patient_id: str, drifted: Sequence[str]) -> str:
    """Say what has drifted, offer the way out, and ask for the reason to query all the same."""
    st.warning(
        f"**Changed since the identity was verified: {field_names(drifted)}.** The sources may "
        "refuse the query, or answer for somebody else. Have the person verify again.",
        icon=":material/person_alert:",
    )
    if st.button(SEND_VERIFICATION, key="start_verify_again"):
        ask_to_send(VERIFICATION, patient_id)
    reason = st.selectbox(
        "Why the query is right all the same",
        DRIFT_REASONS,
        index=None,
        help="A reviewer will look at it.",
        key="ias_drift_reason",
    )
    return reason or ""


def _drift_line(request: IasRequest) -> str:
    if not request.drift_reason:
        return ""
    changed = field_names(request.drift_seen)
    return f"\n- Although the {changed} changed since the verification: {request.drift_reason}"


def _ticket_line(request: QueryRequest) -> str:
    return f"\n- Ticket {markdown_text(request.ticket)}" if request.ticket else ""


def _review(request: QueryRequest, complaint: str = "") -> None:
    if not st.button("Review", type="primary", key="start_review"):
        return
    if complaint:
        show_complaints({"": complaint})
        return
    try:
        request.check()
    except InvalidInput as error:
        show_complaints(error.fields)
        return
    st.session_state[_REVIEWED] = request
    st.rerun()


def _confirm(who: Actor, patient: Patient, request: QueryRequest, summary: str) -> None:
    st.markdown(
        f"Metriport will ask **{requested_names(name_requested(request.sources))}** for records "
        f"of **{markdown_text(patient.full_name)}**, born {markdown_text(patient.dob)}."
    )
    st.markdown(summary)
    st.caption(
        "Outside organisations see this request. It cannot be taken back, and it is noted under "
        f"your name, {markdown_text(who.name)}. It usually takes less than a minute."
    )
    with st.container(horizontal=True):
        start = st.button("Start the query", type="primary", key="start_start")
        if st.button("Back", key="start_back"):
            st.session_state.pop(_REVIEWED, None)
            st.rerun()
    if start:
        _start(who, request)


def _start(who: Actor, request: QueryRequest) -> None:
    try:
        with st.spinner("Asking Metriport …"):
            row = desk().query_starts.start(who, st.session_state[_QUERY_ID], request)
    except Drifted:
        # The record has changed since this page read it. The first step, drawn with the record of
        # now, says what has changed and asks for the reason.
        forget(f"patient {request.patient_id}")
        st.session_state.pop(_REVIEWED, None)
        st.rerun()
    except AccessDeskError as error:
        show_error(error)
        return
    await_finish(row.id)
    state = words_of(QUERY_STATES, row.status)
    st.toast(
        markdown_text(f"{purpose_name(request.purpose)} query: {state.label.lower()}"),
        icon=f":material/{state.icon}:",
    )
    close_dialog()
    st.rerun()
