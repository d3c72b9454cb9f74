"""The verdict on a person: what is wrong, what is known, and the button that does the next step."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from pages._ui.send_link import CHALLENGE, VERIFICATION, ask_to_send
from pages._ui.start_query import ask_to_start
from pages._ui.status import escaped
from pages._ui.viewer import zone
from pages._ui.words import duration, exact
from services.bootstrap import desk
from services.diagnosis.verdict import Action, Severity, Verdict
from services.queries.requests import IAS, TREATMENT
from services.staff.permissions import Actor, Permission

TITLES = {
    "key_refused": "API key refused",
    "unreachable": "Metriport down",
    "no_such_patient": "No such person",
    "clock_wrong": "Clock is wrong",
    "ias_unconfirmed": "IAS unconfirmed",
    "query_unconfirmed": "Unconfirmed",
    "query_slow": "Running, slow",
    "query_processing": "Running",
    "identity_unopened": "Link unopened",
    "identity_opened": "Verifying now",
    "identity_returned": "Confirming",
    "deliveries_failing": "Webhooks fail",
    "identity_overdue": "Not confirmed",
    "aal2_unopened": "Challenge unopened",
    "aal2_opened": "Answering now",
    "aal2_active": "Ready for IAS",
    "identity_inactive": "Verify again",
    "aal2_declined": "Challenge failed",
    "identity_link_expired": "Link expired",
    "aal2_link_expired": "Challenge expired",
    "query_rate_limited": "Rate limited",
    "ias_refused": "IAS refused",
    "query_rejected": "Refused",
    "query_key_refused": "Key was refused",
    "query_forgotten": "Lost upstream",
    "query_not_started": "Not started",
    "opted_out": "Opted out",
    "source_rate_limited": "Source limited",
    "source_not_enabled": "Source missing",
    "source_not_started": "Source not asked",
    "query_partial": "Partly failed",
    "ias_failed": "IAS failed",
    "query_failed": "Failed",
    "no_records": "No records",
    "records_fetching": "Fetching records",
    "records_failed": "Fetch failed",
    "records_uncounted": "Records to fetch",
    "all_well": "All well",
    "unknown_status": "Unknown status",
    "aal2_expired": "Session over",
    "aal2_none": "Challenge missing",
    "identity_none": "Not verified",
    "aal2_used": "Session used",
}
"""Each verdict in one or two words, for tables."""

COLOURS = {
    Severity.OK: "green",
    Severity.WAITING: "blue",
    Severity.TO_DO: "orange",
    Severity.TROUBLE: "red",
}
_ICONS = {
    Severity.OK: "check_circle",
    Severity.WAITING: "hourglass_top",
    Severity.TO_DO: "arrow_circle_right",
    Severity.TROUBLE: "report",
}
_EDGE = """<style>
[class*="st-key-verdict_ok"] { border-left: 4px solid #2a9d6c; }
[class*="st-key-verdict_waiting"] { border-left: 4px solid #4a8fd8; }
[class*="st-key-verdict_to_do"] { border-left: 4px solid #d98a1f; }
[class*="st-key-verdict_trouble"] { border-left: 4px solid #c8453b; }
</style>"""


def verdict_title(verdict: Verdict) -> str:
    """The verdict in one or two words."""
    return TITLES.get(verdict.code, verdict.code)


def verdict_panel(who: Actor, verdict: Verdict, patient_id: str) -> None:
    """Draw it, with its button where the viewer may press it."""
    st.html(_EDGE)
    with st.container(border=True, key=f"verdict_{verdict.severity.value}"):
        words, button = st.columns([5, 1.6], vertical_alignment="center")
        with words:
            _words(verdict)
        with button:
            _button(who, verdict, patient_id)
        if verdict.evidence:
            with st.expander("What is known", icon=":material/manage_search:"):
                _evidence(verdict)


def _words(verdict: Verdict) -> None:
    colour, icon = COLOURS[verdict.severity], _ICONS[verdict.severity]
    badge = f":{colour}-badge[:material/{icon}: {escaped(verdict_title(verdict))}]"
    st.markdown(f"{badge} **{escaped(verdict.what)}**")
    now, left = desk().clock(), ""
    if verdict.until and verdict.until > now:
        word = "Waits until" if verdict.severity is Severity.WAITING else "Until"
        left = f" {word} {exact(verdict.until, zone())} ({duration(verdict.until - now)})."
    st.caption(escaped(verdict.next_step + left))


def _evidence(verdict: Verdict) -> None:
    for name, value in verdict.evidence.items():
        told = exact(value, zone()) if isinstance(value, datetime) else value
        st.markdown(f":gray[{escaped(name)}:] {escaped(told)}")


def _button(who: Actor, verdict: Verdict, patient_id: str) -> None:
    query_id = str(verdict.evidence.get("Query", ""))
    offered: dict[Action, tuple[str, Permission, Callable[[], None]]] = {
        Action.SEND_VERIFICATION: (
            "Send verification link",
            Permission.LINKS_SEND,
            lambda: ask_to_send(VERIFICATION, patient_id),
        ),
        Action.SEND_CHALLENGE: (
            "Send challenge",
            Permission.LINKS_SEND,
            lambda: ask_to_send(CHALLENGE, patient_id),
        ),
        Action.START_IAS: (
            "Start IAS query",
            Permission.QUERIES_START,
            lambda: ask_to_start(IAS, patient_id),
        ),
        Action.START_TREATMENT: (
            "Start treatment query",
            Permission.QUERIES_START,
            lambda: ask_to_start(TREATMENT, patient_id),
        ),
        Action.FETCH_RECORDS: (
            "Fetch records",
            Permission.RECORDS_COUNT,
            lambda: _fetch(who, patient_id),
        ),
        Action.OPEN_QUERY: (
            "Open the query",
            Permission.QUERIES_VIEW,
            lambda: st.switch_page("query.py", query_params={"query": query_id}),
        ),
        Action.OPEN_WEBHOOKS: (
            "Open the deliveries",
            Permission.WEBHOOKS_VIEW,
            lambda: st.switch_page("webhooks.py"),
        ),
        Action.SEARCH: (
            "Search again",
            Permission.PATIENTS_VIEW,
            lambda: st.switch_page("patients.py"),
        ),
    }
    if verdict.action not in offered:
        return
    label, permission, press = offered[verdict.action]
    primary = verdict.severity is Severity.TO_DO
    if who.may(permission) and st.button(
        label, key="verdict_action", type="primary" if primary else "secondary", width="stretch"
    ):
        press()


def _fetch(who: Actor, patient_id: str) -> None:
    desk().records.fetch(who, patient_id)
    st.rerun()
