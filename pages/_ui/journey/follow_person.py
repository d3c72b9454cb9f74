"""What changes by itself about a person: the verdict, the steps, the newest query, the records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from pages._ui.frame.live import when_older
from pages._ui.journey.access_stepper import access_stepper
from pages._ui.journey.query_card import query_card
from pages._ui.journey.records_panel import records_panel
from pages._ui.journey.verdict_panel import verdict_panel
from services.desk import desk
from services.identity.access_state import turning_points
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryPage, QueryRow
from services.records.rows import RecordRequest
from services.staff.permissions import Actor


@dataclass(frozen=True)
class PersonFacts:
    """What the log knows now of one person."""

    access: PersonAccess
    queries: QueryPage
    records: Sequence[RecordRequest]

    @property
    def shown_queries(self) -> Sequence[QueryRow]:
        """Those that run and, where none does, the newest."""
        running = [row for row in self.queries.rows if row.is_open]
        return running or self.queries.rows[:1]


def read_person(who: Actor, patient_id: str) -> PersonFacts:
    """What the log holds of the person now."""
    return PersonFacts(
        desk().identity.of_person(who, patient_id),
        desk().queries.search(who, QueryFilters(patient_id=patient_id)),
        desk().records.of_patient(who, patient_id),
    )


def follow_person(who: Actor, patient: Patient, facts: PersonFacts) -> datetime | None:
    """Draw `facts`; answers the next moment at which the time alone changes what is drawn."""
    verdict = desk().cases.diagnose(who, [patient])[patient.id]
    verdict_panel(who, verdict, patient.id)
    access_stepper(who, patient, facts.access)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Latest query")
        for row in facts.shown_queries:
            query_card(row, desk().clock())
        if not facts.queries.rows:
            st.caption("Nobody has queried for this person yet.")
    with right:
        records_panel(who, patient.id, facts.records)
    return _next_moment(facts, verdict.until, desk().clock())


def _next_moment(facts: PersonFacts, until: datetime | None, now: datetime) -> datetime | None:
    """The first moment after `now` at which a state or a relative time becomes another one."""
    turns = turning_points(facts.access.facts, desk().identity.limits)
    consent = facts.access.consent.row
    ends = consent.ends_at if consent else None
    moments = [at for at in (*turns, ends, until) if at and at > now]
    newest = max(_shown_times(facts), default=None)
    return min((at for at in (*moments, when_older(newest, now)) if at), default=None)


def _shown_times(facts: PersonFacts) -> Iterator[datetime]:
    """The times of which the page says how long ago they were."""
    access = facts.access.facts
    for link in (access.verification, access.challenge):
        if link:
            yield link.moved_at
    for row in facts.shown_queries:
        yield row.query.submitted_at
    for request in facts.records[:1]:
        yield request.counted_at or request.submitted_at
