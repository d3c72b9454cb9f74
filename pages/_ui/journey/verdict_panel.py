"""The verdict on a person: what is wrong, what is known, and the button that does the next step."""

import streamlit as st

from pages._ui.consent.consent_line import ask_to_record
from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, ask_to_send
from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.places import open_place
from pages._ui.frame.viewer import zone
from pages._ui.journey.edges import draw_edges, edge_key
from pages._ui.list.facts_grid import as_fact, facts_grid
from pages._ui.words.acts import ACTS
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from pages._ui.words.times import duration, exact
from pages._ui.words.verdicts import verdict_words
from services.desk import desk
from services.diagnosis.verdict import Action, Severity, Verdict
from services.lookup.finder import Place, PlaceKind
from services.queries.requests import IAS, TREATMENT
from services.staff.permissions import Actor, Permission

_PERMISSIONS = {
    Action.SEND_VERIFICATION: Permission.LINKS_SEND,
    Action.SEND_CHALLENGE: Permission.LINKS_SEND,
    Action.START_IAS: Permission.QUERIES_START,
    Action.START_TREATMENT: Permission.QUERIES_START,
    Action.RECORD_CONSENT: Permission.CONSENT_RECORD,
    Action.FETCH_RECORDS: Permission.RECORDS_COUNT,
    Action.OPEN_QUERY: Permission.QUERIES_VIEW,
    Action.OPEN_WEBHOOKS: Permission.WEBHOOKS_VIEW,
    Action.SEARCH: Permission.PATIENTS_VIEW,
}
"""The permission that each action needs."""

_ACTS_NOW = (Severity.READY, Severity.TO_DO)


def verdict_panel(who: Actor, verdict: Verdict, patient_id: str) -> None:
    """Draw the verdict, with the button of its next step where `who` may press it.

    Where something is to be done, that button is the one primary button of the page.
    """
    draw_edges("verdict", "left")
    with st.container(border=True, key=edge_key("verdict", verdict_words(verdict))):
        words, button = st.columns([5, 1.6], vertical_alignment="center")
        with words:
            _describe(verdict)
        with button:
            _button(who, verdict, patient_id)
        if verdict.evidence:
            with st.expander("What is known", icon=":material/manage_search:"):
                facts = [(name, as_fact(value)) for name, value in verdict.evidence.items()]
                facts_grid(facts, key="verdict_evidence")


def _describe(verdict: Verdict) -> None:
    st.markdown(f"{badge_of(verdict_words(verdict))} **{markdown_text(verdict.what)}**")
    now, left = desk().clock(), ""
    if verdict.until and verdict.until > now:
        word = "Waits until" if verdict.severity is Severity.WAITING else "Until"
        left = f" {word} {exact(verdict.until, zone())} ({duration(verdict.until - now)})."
    st.markdown(markdown_text(verdict.next_step + left))


def _button(who: Actor, verdict: Verdict, patient_id: str) -> None:
    if verdict.action is None or not who.may(_PERMISSIONS[verdict.action]):
        return
    pressed = st.button(
        ACTS[verdict.action],
        key="verdict_action",
        type="primary" if verdict.severity in _ACTS_NOW else "secondary",
        width="stretch",
    )
    if pressed:
        _press(who, verdict, patient_id)


def _press(who: Actor, verdict: Verdict, patient_id: str) -> None:
    match verdict.action:
        case Action.SEND_VERIFICATION:
            ask_to_send(VERIFICATION, patient_id)
        case Action.SEND_CHALLENGE:
            ask_to_send(CHALLENGE, patient_id)
        case Action.START_IAS:
            ask_to_start(IAS, patient_id)
        case Action.START_TREATMENT:
            ask_to_start(TREATMENT, patient_id)
        case Action.RECORD_CONSENT:
            ask_to_record(patient_id)
        case Action.FETCH_RECORDS:
            desk().records.fetch(who, patient_id)
            st.rerun()
        case Action.OPEN_QUERY:
            query_id = str(verdict.evidence.get("Query", ""))
            open_place(Place(PlaceKind.QUERY, query_id))
        case Action.OPEN_WEBHOOKS:
            go_to(page_address("webhooks.py"))
        case Action.SEARCH:
            go_to(page_address("patients.py"))
