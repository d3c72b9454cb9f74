"""Segments: sealed by the month, purged when old, and what is left still verifies."""

from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from services.staff.proof import segments as module
from services.staff.proof.damage import Damage
from services.staff.proof.segments import Segments
from services.store import Store
from services.store.tables import AuditEvent, AuditSegment, AuditSubject
from tests.clock import FakeClock
from tests.staff.proof.audited import YEARS, Audited


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """Three months of five events each, and a fourth that has begun; nothing is sealed yet."""
    audited = Audited(store, clock)
    audited.write_months(3, 5)
    audited.write(2)
    return audited


@pytest.fixture
def sealed(audited: Audited) -> Audited:
    """The same log with its three closed months sealed."""
    assert [audited.segments.seal() for _ in range(4)] == [1, 1, 1, 0]
    return audited


def _segments(audited: Audited) -> list[AuditSegment]:
    with audited.store.read() as session:
        return list(session.exec(select(AuditSegment).order_by(col(AuditSegment.id))).all())


def _count(audited: Audited, table: type[AuditEvent] | type[AuditSubject]) -> int:
    with audited.store.read() as session:
        return session.exec(select(func.count(col(table.seq)))).one()


def _purge_all(audited: Audited) -> int:
    return sum(iter(audited.segments.purge, 0))


def test_closed_months_are_sealed_one_after_the_other(sealed: Audited) -> None:
    first, second, third = _segments(sealed)
    ranges = [(row.first_seq, row.last_seq) for row in (first, second, third)]
    assert ranges == [(1, 5), (6, 10), (11, 15)]
    assert (first.previous_hash, second.previous_hash) == ("0" * 64, first.last_hash)
    assert first.counts == {"query.view": 5}
    assert first.last_at - first.first_at == timedelta(seconds=4)
    verdict = sealed.verify()
    assert verdict.is_whole and verdict.segments == 3


def test_a_month_is_closed_only_once_a_later_one_has_begun(store: Store, clock: FakeClock) -> None:
    audited = Audited(store, clock)
    assert audited.segments.seal() == 0
    audited.write(5)
    clock.forward(days=31)
    assert audited.segments.seal() == 0
    audited.write(1)
    assert (audited.segments.seal(), audited.segments.seal()) == (1, 0)


def test_a_time_from_a_wrong_clock_closes_no_month(store: Store, clock: FakeClock) -> None:
    audited = Audited(store, clock)
    audited.write(2)
    now = clock.now
    clock.now = now + timedelta(days=10_000)
    audited.write(1)
    clock.now = now
    audited.write(2)
    assert audited.segments.seal() == 0
    clock.forward(days=31)
    audited.write(1)
    assert audited.segments.seal() == 1
    (row,) = _segments(audited)
    assert (row.first_seq, row.last_seq) == (1, 5)
    # Kept as long as its latest time demands: too long is the safe side.
    clock.forward(days=YEARS.days + 40)
    assert _purge_all(audited) == 0


def test_two_machines_seal_a_month_once(audited: Audited) -> None:
    other = Segments(audited.store, audited.clock, audited.audit, audited.keys, YEARS)
    with audited.store.read() as session:
        twice = other._next_segment(session)
    assert audited.segments.seal() == 1
    assert twice is not None
    other._next_segment = lambda session: twice  # type: ignore[method-assign]
    assert other.seal() == 0
    assert len(_segments(audited)) == 1


def test_what_does_not_fit_is_not_sealed(audited: Audited) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 3")
    assert audited.segments.seal() == 0


def test_only_old_segments_are_purged_and_the_log_still_verifies(sealed: Audited) -> None:
    sealed.clock.now = _segments(sealed)[1].last_at + YEARS
    assert _purge_all(sealed) == 5
    sealed.clock.forward(seconds=1)
    assert _purge_all(sealed) == 5
    assert _count(sealed, AuditEvent) == _count(sealed, AuditSubject) + 2 == 5 + 2 + 2
    verdict = sealed.verify()
    assert verdict.is_whole and (verdict.events, verdict.purged) == (9, 2)
    assert [row.purged_at is None for row in _segments(sealed)] == [False, False, True]


def test_a_purge_is_an_event_that_names_the_segment(sealed: Audited) -> None:
    sealed.clock.forward(days=YEARS.days + 200)
    _purge_all(sealed)
    first = _segments(sealed)[0]
    with sealed.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == "audit.purge")
        event = session.exec(wanted.order_by(col(AuditEvent.seq))).first()
    assert event is not None and event.actor == "Access Desk"
    assert (event.object_kind, event.object_id) == ("audit_segment", str(first.id))
    assert event.details == {"first_seq": 1, "last_seq": 5, "last_hash": first.last_hash}


def test_a_purge_verifies_wherever_it_is_broken_off(
    sealed: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_DELETED", 2)
    sealed.clock.forward(days=YEARS.days + 200)
    steps = []
    while deleted := sealed.segments.purge():
        steps.append(deleted)
        verdict = sealed.verify()
        assert verdict.is_whole, verdict.sentence
    assert steps == [2, 2, 1] * 3
    assert _count(sealed, AuditEvent) == 2 + 3


def test_events_of_purges_are_purged_in_their_turn(sealed: Audited) -> None:
    sealed.clock.forward(days=YEARS.days + 200)
    _purge_all(sealed)
    sealed.clock.forward(days=31)
    sealed.write(1)
    # The rest of the fourth month, and the month in which the purges were.
    assert sum(iter(sealed.segments.seal, 0)) == 2
    sealed.clock.forward(days=YEARS.days + 31)
    sealed.write(1)
    assert _purge_all(sealed) == 2 + 3
    verdict = sealed.verify()
    assert verdict.is_whole, verdict.sentence
    assert verdict.purged == 5


def test_a_segment_that_was_tampered_with_stays_as_evidence(sealed: Audited) -> None:
    sealed.clock.forward(days=YEARS.days + 200)
    sealed.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 3")
    # The two other segments go.
    assert _purge_all(sealed) == 10
    assert _segments(sealed)[0].purged_at is None
    misfit = sealed.verify().misfit
    assert misfit is not None and misfit.seq == 3


PURGED = "UPDATE audit_segment SET purged_at = sealed_at WHERE first_seq = 6"
_GONE = "DELETE FROM audit_event WHERE seq BETWEEN 6 AND 10"
DAMAGES = {
    "the seal of events that are there": (
        ["UPDATE audit_segment SET last_hash = previous_hash WHERE first_seq = 6"],
        6,
        Damage.FORGED,
    ),
    "the seal's counts": (
        ["UPDATE audit_segment SET counts = '{}' WHERE first_seq = 6"], 6, Damage.FORGED,
    ),
    "the seal of purged events": (
        [PURGED, _GONE, "UPDATE audit_segment SET key_id = 'x' WHERE first_seq = 6"],
        6,
        Damage.FORGED,
    ),
    "a purged segment is gone": (
        [PURGED, _GONE, "DELETE FROM audit_segment WHERE first_seq = 6"], 6, Damage.REMOVED,
    ),
    "purged by hand": ([PURGED, _GONE], 6, Damage.PURGED),
    "removed without a purge": ([_GONE], 6, Damage.REMOVED),
    "cut off behind a seal": (
        [
            "DELETE FROM audit_event WHERE seq > 12",
            "UPDATE audit_head SET seq = 12, hash = (SELECT hash FROM audit_event WHERE seq = 12)",
        ],
        13,
        Damage.CUT_OFF,
    ),
    "an event of a purged stretch, not its last": (
        [PURGED, "DELETE FROM audit_event WHERE seq BETWEEN 6 AND 10 AND seq <> 8"],
        8,
        Damage.INSERTED,
    ),
    "an invented event in a purged stretch": (
        [PURGED, "DELETE FROM audit_event WHERE seq BETWEEN 6 AND 9",
         "UPDATE audit_event SET actor = 'Eve' WHERE seq = 10"],
        10,
        Damage.INSERTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_to_segments_is_named(sealed: Audited, name: str) -> None:
    statements, seq, damage = DAMAGES[name]
    sealed.tamper(*statements)
    misfit = sealed.verify().misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (seq, damage), misfit.sentence
    assert str(seq) in misfit.sentence


def test_a_forged_chain_that_fits_a_purged_stretch_is_found_by_its_seal(sealed: Audited) -> None:
    sealed.tamper(
        PURGED,
        "DELETE FROM audit_event WHERE seq BETWEEN 6 AND 9",
        "UPDATE audit_event SET actor = 'Eve' WHERE seq = 10",
    )
    sealed.chain_anew(10)
    misfit = sealed.verify().misfit
    assert misfit is not None and (misfit.seq, misfit.damage) == (10, Damage.INSERTED)
