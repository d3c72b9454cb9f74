"""What a first start writes into the log, on each database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel, select

from services.demo.fill import fill_log
from services.demo.scenarios import _SCENARIOS
from services.sandbox.history.queries import PastQuery, past_queries
from services.sandbox.people import Person, load_people
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    WebhookEvent,
)
from tests.clock import FakeClock

PEOPLE = load_people()
NOW = FakeClock().now
HISTORY = past_queries(PEOPLE[:60], NOW)[-150:]
TABLES: tuple[type[SQLModel], ...] = (
    NetworkQuery,
    QuerySource,
    IdentitySession,
    ProofedIdentity,
    Aal2Challenge,
    Aal2Session,
    RecordRequest,
    WebhookEvent,
)


@dataclass
class Past:
    """A past of our own: some queries, everybody, and no webhooks."""

    queries: Sequence[PastQuery] = field(default_factory=lambda: HISTORY)
    everybody: Sequence[Person] = field(default_factory=lambda: PEOPLE)

    def history(self) -> Sequence[PastQuery]:
        return self.queries

    def messages(self, past: Sequence[PastQuery], since: datetime) -> Iterator[object]:
        return iter(())

    def people(self) -> Sequence[Person]:
        return self.everybody

    def counts(self, patient_id: str) -> dict[str, int]:
        return {"Condition": 3}


def counted(store: Store) -> dict[str, int]:
    with store.read() as session:
        return {table.__name__: len(session.exec(select(table)).all()) for table in TABLES}


@pytest.fixture
def filled(store: Store) -> Store:
    fill_log(store, ["k"], Past(), NOW)
    return store


def test_a_first_start_fills_every_table(filled: Store) -> None:
    assert all(counted(filled).values())


def test_a_second_start_changes_nothing(filled: Store) -> None:
    before = counted(filled)
    fill_log(filled, ["k"], Past(), NOW + timedelta(days=1))
    assert counted(filled) == before


def test_a_first_start_that_breaks_off_leaves_an_empty_log(store: Store) -> None:
    odd = replace(PEOPLE[0], scenario="no_such_scenario")
    with pytest.raises(KeyError):
        fill_log(store, ["k"], Past(everybody=[*PEOPLE, odd]), NOW)
    assert not any(counted(store).values())


def test_a_sandbox_without_a_past_leaves_the_log_empty(store: Store) -> None:
    fill_log(store, ["k"], Past(queries=[]), NOW)
    assert not any(counted(store).values())


def test_every_known_scenario_is_shown_by_a_person() -> None:
    assert {person.scenario for person in PEOPLE if person.scenario} == set(_SCENARIOS)


def test_an_identity_is_as_old_as_its_proofing_and_not_as_its_id(store: Store) -> None:
    """The time of a proofing is a fact of its own; ids are no clocks."""
    proofed_at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    query = next(query for query in HISTORY if query.proofed_identity_id and query.answer)
    fill_log(store, ["k"], Past(queries=[replace(query, proofed_at=proofed_at)]), NOW)
    with store.read() as session:
        identity = session.get_one(ProofedIdentity, query.proofed_identity_id)
    assert identity.verified_at == proofed_at


def test_no_time_of_the_past_lies_in_the_future(filled: Store) -> None:
    with filled.read() as session:
        queries = session.exec(select(NetworkQuery)).all()
        challenges = session.exec(select(Aal2Challenge)).all()
    assert all(query.submitted_at <= NOW for query in queries)
    assert all(challenge.created_at <= NOW for challenge in challenges)
