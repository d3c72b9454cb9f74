"""The dialog that starts a treatment query: choose, read what will happen, confirm."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.errors import show_error
from pages._ui.status import escaped, look
from pages._ui.words import SOURCES, requested_names
from services.access import Actor
from services.bootstrap import desk
from services.errors import AccessDeskError, InvalidInput
from services.metriport.schemas import Patient, Sources
from services.query_requests import REASONS, TreatmentRequest, requested

_QUERY_ID = "treatment_query_id"
_REVIEWED = "treatment_reviewed"


def offer_treatment(who: Actor, patient: Patient, facilities: Mapping[str, str]) -> None:
    """The button that opens the dialog."""
    if st.button("Start treatment query", type="primary", icon=":material/travel_explore:"):
        # One id for one opening of the dialog: pressing twice starts once.
        st.session_state[_QUERY_ID] = desk().query_starts.new_id()
        st.session_state.pop(_REVIEWED, None)
        _dialog(who, patient, facilities)


@st.dialog("Start a treatment query", width="medium", icon=":material/travel_explore:")
def _dialog(who: Actor, patient: Patient, facilities: Mapping[str, str]) -> None:
    reviewed: TreatmentRequest | None = st.session_state.get(_REVIEWED)
    if reviewed is None:
        _choose(patient, facilities)
    else:
        _confirm(who, patient, reviewed, facilities)


def _choose(patient: Patient, facilities: Mapping[str, str]) -> None:
    chosen = st.pills(
        "Sources",
        list(SOURCES),
        selection_mode="multi",
        default=["hie"],
        format_func=lambda one: SOURCES[one],
        key="treatment_sources",
    )
    wants_pharmacy = "pharmacy" in chosen
    realtime = st.toggle(
        "Realtime pharmacy",
        disabled=not wants_pharmacy,
        help="Also asks Surescripts in real time: newer, slower, and charged per request.",
        key="treatment_realtime",
    )
    own = [one for one in patient.facility_ids if one in facilities] or list(facilities)
    facility = st.selectbox(
        "Treating facility",
        own,
        index=0 if len(own) == 1 else None,
        format_func=lambda one: facilities[one],
        key="treatment_facility",
    )
    reason = st.selectbox("Reason", REASONS, index=None, key="treatment_reason")
    ticket = st.text_input(
        "Ticket (optional)", placeholder="SUP-1042", max_chars=40, key="treatment_ticket"
    )
    if st.button("Review", type="primary", key="treatment_review"):
        sources = Sources(
            hie="hie" in chosen,
            pharmacy=wants_pharmacy,
            realtime=bool(realtime) and wants_pharmacy,
            lab="lab" in chosen,
        )
        request = TreatmentRequest(
            patient.id, facility or "", sources, reason or "", (ticket or "").strip()
        )
        _review(request)


def _review(request: TreatmentRequest) -> None:
    try:
        request.check()
    except InvalidInput as error:
        for reason in error.fields.values():
            st.markdown(f":red[:material/error: {reason}]")
        return
    st.session_state[_REVIEWED] = request
    st.rerun(scope="fragment")


def _confirm(
    who: Actor, patient: Patient, request: TreatmentRequest, facilities: Mapping[str, str]
) -> None:
    st.markdown(
        f"Metriport will ask **{requested_names(requested(request.sources))}** for records of "
        f"**{escaped(patient.full_name)}**, born {escaped(patient.dob)}."
    )
    st.markdown(
        f"- Purpose of use: **treatment**, for {escaped(facilities[request.facility_id])}\n"
        f"- Reason: {request.reason}"
        + (f", ticket {escaped(request.ticket)}" if request.ticket else "")
    )
    st.caption(
        "Outside organisations see this request. It cannot be taken back, and it is noted under "
        f"your name, {who.name}. It usually takes less than a minute."
    )
    with st.container(horizontal=True):
        start = st.button("Start the query", type="primary", key="treatment_start")
        if st.button("Back", key="treatment_back"):
            st.session_state.pop(_REVIEWED, None)
            st.rerun(scope="fragment")
    if start:
        _start(who, request)


def _start(who: Actor, request: TreatmentRequest) -> None:
    try:
        with st.spinner("Asking Metriport …"):
            row = desk().query_starts.start(who, st.session_state[_QUERY_ID], request)
    except AccessDeskError as error:
        show_error(error)
        return
    shown = look(row.status)
    st.toast(f"Treatment query: {shown.label.lower()}", icon=f":material/{shown.icon}:")
    st.rerun()
