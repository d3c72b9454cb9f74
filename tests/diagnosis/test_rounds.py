"""The round that a person is in: facts in, a round out; and as it is read from the log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnosis.rounds import Round, round_of
from services.diagnosis.verdict import QueryFacts
from services.identity.access_state import (
    EXPIRED,
    REFUSED,
    USED,
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    LinkFacts,
)
from services.queries.status import STATUSES
from services.store.tables import NetworkQuery
from tests.identity.any_facts import access_facts
from tests.identity.stage import Stage
from tests.world import PATIENT, SUPPORT

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def step(created: float, target: str = "t", **facts: Any) -> LinkFacts:
    return LinkFacts(target, at(created), at(created - 60), **facts)


def query(status: str, submitted: float = 30) -> QueryFacts:
    return QueryFacts("q", "ias", status, at(submitted))


def facts(**changes: Any) -> AccessFacts:
    """Verified long ago, a challenge satisfied, its session used by the query 30 minutes ago."""
    return replace(WAY, **changes)


PID = IdentityFacts("pid", at(5000))
GONE = IdentityFacts("pid", at(5000), inactive_at=at(29))
CHALLENGE = step(40, opened_at=at(36), returned_at=at(35))
SPENT = Aal2SessionFacts("s", "t", "pid", at(35), "q", at(30), at(30), USED)
OPEN = Aal2SessionFacts("s", "t", "pid", at(35))
WAY = AccessFacts(None, PID, CHALLENGE, SPENT)
DAY = 24 * 60


@pytest.mark.parametrize(
    ("status", "is_satisfied", "may_begin_another"),
    [
        ("submitting", True, False),
        ("processing", True, False),
        ("unconfirmed", True, False),
        ("completed", True, True),
        ("partial", True, True),
        ("failed", True, True),
        ("rejected", False, True),
        ("not_started", False, True),
        ("on hold", True, True),
    ],
)
def test_the_query_says_how_far_its_round_is(
    status: str, is_satisfied: bool, may_begin_another: bool
) -> None:
    found = round_of(WAY, query(status), NOW)
    assert found == Round(query(status), is_satisfied, may_begin_another)


def test_without_a_query_a_round_has_not_come_to_it() -> None:
    for given_facts in (AccessFacts(), facts(session=OPEN), WAY):
        assert round_of(given_facts, None, NOW) == Round()


@pytest.mark.parametrize("status", ["submitting", "processing", "unconfirmed"])
@pytest.mark.parametrize(("minutes", "may"), [(DAY - 1, False), (DAY, True), (DAY * 90, True)])
def test_a_query_whose_end_never_comes_holds_back_for_a_day(
    status: str, minutes: float, may: bool
) -> None:
    old = facts(challenge=step(DAY * 99), session=replace(SPENT, verified_at=at(DAY * 99)))
    old = replace(old, identity=IdentityFacts("pid", at(DAY * 99)))
    assert round_of(old, query(status, minutes), NOW).may_begin_another is may


@pytest.mark.parametrize(
    "same",
    [
        # A round goes on, however long ago its query ended, while nobody begins another.
        WAY,
        # What came from the app of the company itself, and left nothing here.
        AccessFacts(),
        # A query that upstream never looked at gave its session back.
        facts(session=OPEN),
        facts(session=replace(OPEN, ended_at=at(5), end_reason=EXPIRED)),
        facts(session=replace(SPENT, end_reason=REFUSED)),
        # A second return from the query's own challenge.
        facts(challenge=replace(CHALLENGE, returned_at=at(1), returns=2)),
        # The refusal of the identity belongs to the round that met it.
        facts(identity=GONE),
        facts(identity=GONE, verification=step(31)),
        # Another verification link beside a good identity leads nowhere new.
        facts(verification=step(5)),
        facts(verification=step(5, opened_at=at(4), returned_at=at(3))),
        # A challenge that was sent before, and that nobody has opened since.
        facts(challenge=step(31, "another")),
    ],
)  # fmt: skip
def test_what_belongs_to_the_round_of_the_query(same: AccessFacts) -> None:
    assert round_of(same, query("completed"), NOW).query == query("completed")


@pytest.mark.parametrize(
    "begun",
    [
        facts(challenge=step(29, "new")),
        facts(challenge=step(DAY, "new", opened_at=at(29))),
        facts(challenge=step(29, "new", opened_at=at(9), returned_at=at(8))),
        facts(challenge=step(29, "new"), session=replace(OPEN, challenge="new", verified_at=at(5))),
        facts(session=replace(OPEN, verified_at=at(5))),
        facts(session=replace(SPENT, used_by="another", verified_at=at(5))),
        facts(identity=replace(PID, verified_at=at(29))),
        facts(identity=GONE, verification=step(28)),
        facts(identity=GONE, verification=step(50, opened_at=at(20))),
        facts(identity=GONE, verification=step(50, opened_at=at(49), returned_at=at(20))),
        AccessFacts(verification=step(29)),
    ],
)  # fmt: skip
def test_what_begins_another_round(begun: AccessFacts) -> None:
    assert round_of(begun, query("completed"), NOW) == Round()


@given(access_facts, st.sampled_from([*STATUSES, "new"]), st.integers(0, 9000), st.integers(0, 99))
def test_a_round_never_goes_back(
    given_facts: AccessFacts, status: str, minutes: int, later: int
) -> None:
    """Time alone begins no round, and never forbids one that was allowed."""
    first = round_of(given_facts, query(status, minutes), NOW)
    second = round_of(given_facts, query(status, minutes), NOW + timedelta(minutes=later))
    assert second.query == first.query and second.is_satisfied == first.is_satisfied
    assert second.may_begin_another >= first.may_begin_another


def test_a_round_is_read_from_the_log(ready: Stage) -> None:
    assert ready.cases.round_of(SUPPORT, PATIENT) == Round()
    row = ready.ask()
    running = ready.cases.round_of(SUPPORT, PATIENT)
    assert running.query is not None and running.query.id == row.id
    assert running.is_satisfied and not running.may_begin_another
    ready.clock.forward(minutes=1)
    with ready.store.write() as session:
        query_row = session.get_one(NetworkQuery, row.id)
        query_row.status, query_row.finished_at = "completed", ready.clock.now
        session.add(query_row)
    assert ready.cases.round_of(SUPPORT, PATIENT).may_begin_another
    ready.clock.forward(minutes=1)
    ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert ready.cases.round_of(SUPPORT, PATIENT) == Round()
