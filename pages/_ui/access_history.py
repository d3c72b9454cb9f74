"""Everything that happened on a person's way to their own records, as a table."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import pandas as pd
import streamlit as st

from pages._ui.status import look
from pages._ui.viewer import zone
from pages._ui.words import short
from services.access_facts import ACTIVE
from services.access_state import USED
from services.identity import AccessHistory
from services.log_rows import Aal2Challenge, Aal2Session, IdentitySession, ProofedIdentity

_ELSEWHERE = "Metriport"


class Event(NamedTuple):
    """One line: when, what, the state it is in, who did it, and what else is known."""

    at: datetime
    what: str
    state: str
    by: str
    detail: str


def access_events(history: AccessHistory, now: datetime) -> list[Event]:
    """The lines of the table, newest first."""
    return sorted(_events(history, now), key=lambda event: event.at, reverse=True)


def access_history(history: AccessHistory, now: datetime) -> None:
    """Draw the table."""
    events = access_events(history, now)
    if not events:
        st.caption("Nothing has happened yet.")
        return
    frame = pd.DataFrame(
        {
            "When": [pd.Timestamp(one.at) for one in events],
            "What": [one.what for one in events],
            "State": [[look(one.state).label] for one in events],
            "By": [one.by for one in events],
            "Details": [one.detail for one in events],
        }
    )
    shown = {look(one.state).label: look(one.state).colour for one in events}
    st.dataframe(
        frame,
        hide_index=True,
        key="access_history",
        alt="Verifications, challenges and sessions, newest first",
        height=35 * (min(len(events), 12) + 1) + 2,
        column_config={
            "When": st.column_config.DatetimeColumn(
                format="MMM D, HH:mm z", timezone=zone().key, width=130
            ),
            "What": st.column_config.TextColumn(width=130),
            "State": st.column_config.MultiselectColumn(
                options=list(shown), color=list(shown.values()), width=110
            ),
            "By": st.column_config.TextColumn(width=120),
            "Details": st.column_config.TextColumn(width=330),
        },
    )


def _events(history: AccessHistory, now: datetime) -> Iterator[Event]:
    for sent in history.verifications:
        state = "verified" if sent.verified_at else _sent_state(sent, sent.session_id, now)
        yield Event(sent.created_at, "Verification link", state, sent.created_by, _said(sent))
    for identity in history.identities:
        yield _identity_event(identity)
    answered = {one.challenge_id for one in history.sessions}
    for challenge in history.challenges:
        known = challenge.challenge_id
        state = "completed" if challenge.id in answered else _sent_state(challenge, known, now)
        state = "declined" if state == "returned" else state
        by = challenge.created_by
        yield Event(challenge.created_at, "Challenge link", state, by, _said(challenge))
    for session in history.sessions:
        state = session.end_reason or "active"
        state = "expired" if state == "refused" else state
        yield Event(session.verified_at, "AAL2 session", state, _ELSEWHERE, _session_words(session))


def _identity_event(row: ProofedIdentity) -> Event:
    where = "by our link" if row.from_session else "in the company’s own app"
    detail = f"{where} · {short(row.proofed_identity_id)}"
    state = "verified" if row.status == ACTIVE else "inactive"
    return Event(row.verified_at, "Proofed identity", state, _ELSEWHERE, detail)


def _sent_state(row: IdentitySession | Aal2Challenge, known: str | None, now: datetime) -> str:
    if known is None:
        return row.status
    if row.returned_at:
        return "returned"
    if row.expires_at and now >= row.expires_at:
        return "link_expired"
    return "opened" if row.opened_at else "link_ready"


def _said(row: IdentitySession | Aal2Challenge) -> str:
    method = row.method if isinstance(row, Aal2Challenge) else None
    status = f"came back as “{row.returned_status}”" if row.returned_status else ""
    error = f"Metriport says: {row.error_detail}" if row.error_detail else ""
    return " · ".join(part for part in (method, status, error) if part)


def _session_words(row: Aal2Session) -> str:
    if row.end_reason == USED:
        return f"used by query {short(row.used_by)}"
    if row.used_by:
        return f"refused for query {short(row.used_by)}"
    return ""
