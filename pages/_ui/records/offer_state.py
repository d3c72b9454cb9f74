"""Whether a person's records can be looked at now, and the button that fetches them anew."""

from datetime import datetime

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import zone
from pages._ui.words.acts import FETCH_RECORDS
from pages._ui.words.outside import markdown_text
from pages._ui.words.records import offer_words
from pages._ui.words.states import RECORDS_STATES, badge, badge_of
from pages._ui.words.times import ago, exact
from services.desk import desk
from services.queries.status import PROCESSING, SUBMITTING
from services.records.rows import RecordRequest
from services.staff.permissions import Actor


def offer_state(who: Actor, patient_id: str) -> datetime | None:
    """Draw it; answers when (UTC) the time alone changes it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        st.space("stretch")
        if st.button(FETCH_RECORDS, icon=":material/clinical_notes:", key="records_fetch"):
            with errors_shown():
                desk().records.fetch(who, patient_id)
    with place:
        _show_request(who, patient_id)
        return _show_offer(who, patient_id)


def _show_request(who: Actor, patient_id: str) -> None:
    """Draw the request that is under way or did not succeed, if it is the newest."""
    newest = next(iter(desk().records.of_patient(who, patient_id)), None)
    if newest is None or newest.status not in RECORDS_STATES or newest.finished_at:
        return
    st.markdown(_request_line(newest))


def _request_line(request: RecordRequest) -> str:
    line = f"{badge(RECORDS_STATES, request.status)} asked "
    line += ago(request.submitted_at, desk().clock())
    if request.status in (SUBMITTING, PROCESSING):
        return f"{line}. Metriport gathers the records; this page follows by itself."
    if request.error_detail:
        line += f" · Metriport says: {markdown_text(request.error_detail)}"
    return line


def _show_offer(who: Actor, patient_id: str) -> datetime | None:
    offer, now = desk().record_contents.offered(who, patient_id), desk().clock()
    words = offer_words(offer, now)
    until = f" until {exact(offer.until, zone())}" if offer and offer.is_open(now) else ""
    st.markdown(f"{badge_of(words)}{until}  \n{words.meaning}")
    return offer.until if offer and offer.is_open(now) else None
