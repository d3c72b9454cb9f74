"""The verdict on a person: what is wrong, what is known, and the button that does the next step."""

from datetime import datetime
from typing import Literal

import streamlit as st

from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, ask_to_send
from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.frame.viewer import zone
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from pages._ui.words.times import duration, exact
from pages._ui.words.verdicts import verdict_words
from services.bootstrap import desk
from services.diagnosis.verdict import Action, Severity, Verdict
from services.queries.requests import IAS, TREATMENT
from services.staff.permissions import Actor, Permission

_EDGE = """<style>
[class*="st-key-verdict_ok"] { border-left: 4px solid #2a9d6c; }
[class*="st-key-verdict_waiting"] { border-left: 4px solid #4a8fd8; }
[class*="st-key-verdict_to_do"] { border-left: 4px solid #d98a1f; }
[class*="st-key-verdict_trouble"] { border-left: 4px solid #c8453b; }
</style>"""

_BUTTONS = {
    Action.SEND_VERIFICATION: ("Send verification link", Permission.LINKS_SEND),
    Action.SEND_CHALLENGE: ("Send challenge", Permission.LINKS_SEND),
    Action.START_IAS: ("Start IAS query", Permission.QUERIES_START),
    Action.START_TREATMENT: ("Start treatment query", Permission.QUERIES_START),
    Action.FETCH_RECORDS: ("Fetch records", Permission.RECORDS_COUNT),
    Action.OPEN_QUERY: ("Open the query", Permission.QUERIES_VIEW),
    Action.OPEN_WEBHOOKS: ("Open the deliveries", Permission.WEBHOOKS_VIEW),
    Action.SEARCH: ("Search again", Permission.PATIENTS_VIEW),
}
"""The label of each action's button, and the permission that it needs."""


def verdict_panel(who: Actor, verdict: Verdict, patient_id: str) -> None:
    """Draw the verdict, with the button of its next step where `who` may press it."""
    st.html(_EDGE)
    with st.container(border=True, key=f"verdict_{verdict.severity.value}"):
        words, button = st.columns([5, 1.6], vertical_alignment="center")
        with words:
            _describe(verdict)
        with button:
            _button(who, verdict, patient_id)
        if verdict.evidence:
            with st.expander("What is known", icon=":material/manage_search:"):
                _list_evidence(verdict)


def _describe(verdict: Verdict) -> None:
    st.markdown(f"{badge_of(verdict_words(verdict))} **{markdown_text(verdict.what)}**")
    now, left = desk().clock(), ""
    if verdict.until and verdict.until > now:
        word = "Waits until" if verdict.severity is Severity.WAITING else "Until"
        left = f" {word} {exact(verdict.until, zone())} ({duration(verdict.until - now)})."
    st.caption(markdown_text(verdict.next_step + left))


def _list_evidence(verdict: Verdict) -> None:
    for name, value in verdict.evidence.items():
        text = exact(value, zone()) if isinstance(value, datetime) else value
        st.markdown(f":gray[{markdown_text(name)}:] {markdown_text(text)}")


def _button(who: Actor, verdict: Verdict, patient_id: str) -> None:
    if verdict.action is None:
        return
    label, permission = _BUTTONS[verdict.action]
    kind: Literal["primary", "secondary"] = (
        "primary" if verdict.severity is Severity.TO_DO else "secondary"
    )
    if who.may(permission) and st.button(label, key="verdict_action", type=kind, width="stretch"):
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
        case Action.FETCH_RECORDS:
            desk().records.fetch(who, patient_id)
            st.rerun()
        case Action.OPEN_QUERY:
            query_id = str(verdict.evidence.get("Query", ""))
            st.switch_page("query.py", query_params={"query": query_id})
        case Action.OPEN_WEBHOOKS:
            st.switch_page("webhooks.py")
        case Action.SEARCH:
            st.switch_page("patients.py")
