"""What changes by itself about a person: the verdict, the steps, the newest query, the records."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages._ui.frame.live import live
from pages._ui.journey.access_stepper import access_stepper
from pages._ui.journey.query_card import query_card
from pages._ui.journey.records_panel import is_under_way, records_panel
from pages._ui.journey.verdict_panel import verdict_panel
from services.bootstrap import desk
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryPage, QueryRow
from services.records.rows import RecordRequest
from services.staff.permissions import Actor

_FAST, _SLOW = 2, 6
"""Seconds between two looks at the log: while something is under way, and otherwise."""

_MOVING = ("link_ready", "opened", "returned", "active")
"""States of identity and AAL2 that the person or the time changes."""

_DRAWN = "person_drawn"
_MOST = 20
"""Queries whose changes have the page drawn again."""


@dataclass(frozen=True)
class PersonFacts:
    """What the log knows now of one person."""

    access: PersonAccess
    queries: QueryPage
    records: Sequence[RecordRequest]

    @property
    def is_moving(self) -> bool:
        """Whether something is under way."""
        queries = self.queries.rows[:_MOST]
        return (
            self.access.identity in _MOVING
            or self.access.aal2 in _MOVING
            or any(row.is_open for row in queries)
            or is_under_way(self.records)
        )

    @property
    def states(self) -> tuple[object, ...]:
        """Every state that the page shows."""
        queries = [
            (row.query.status, [source.status for source in row.sources])
            for row in self.queries.rows[:_MOST]
        ]
        records = [(request.status, request.counted_at) for request in self.records]
        return self.is_moving, self.access.identity, self.access.aal2, queries, records

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


def follow_person(who: Actor, patient: Patient, facts: PersonFacts) -> None:
    """Draw `facts`, and again from the log at an interval. A change draws the whole page."""
    st.session_state[_DRAWN] = facts.states
    live(_draw, _FAST if facts.is_moving else _SLOW)(who, patient)


def _draw(who: Actor, patient: Patient) -> None:
    facts = read_person(who, patient.id)
    if facts.states != st.session_state[_DRAWN]:
        # What stands below is drawn anew as well, and the interval is chosen anew.
        st.rerun()
    verdict_panel(who, desk().cases.diagnose(who, [patient])[patient.id], patient.id)
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
