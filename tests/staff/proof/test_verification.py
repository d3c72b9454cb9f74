"""Verification: a whole log is whole, and every kind of damage is named, on both databases."""

import tracemalloc
from collections.abc import Sequence

import pytest
from sqlmodel import select

from services.errors import InvalidInput, NotPermitted
from services.staff.permissions import Role
from services.staff.proof.damage import Damage
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Progress, Verdict, Verification, verify_log
from services.store import Store
from services.store.audit_chain import HASHED
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.staff.proof.audited import SAM, SEEDS, Audited, renumber
from tests.staff_members import make_actor

EVENTS = 12
_COLUMNS = ", ".join(column.name for column in AuditEvent.__table__.columns)  # type: ignore[attr-defined]


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """A log of twelve events, anchored behind the ninth."""
    audited = Audited(store, clock)
    audited.write(9)
    audited.anchors.anchor()
    audited.write(3)
    return audited


def _copy(source: int, target: int) -> str:
    """Insert a copy of an event under another number."""
    columns = _COLUMNS.replace("seq", str(target), 1)
    return f"INSERT INTO audit_event ({_COLUMNS}) SELECT {columns} FROM audit_event " + (
        f"WHERE seq = {source}"
    )


def test_a_whole_log_is_whole(audited: Audited) -> None:
    steps = list(verify_log(audited.store, audited.keys))
    verdict = steps[-1]
    assert isinstance(verdict, Verdict) and verdict.is_whole
    assert (verdict.events, verdict.head_seq, verdict.anchors) == (EVENTS, EVENTS, 1)
    assert verdict.head_hash == audited.anchors.read().hash
    assert steps[:-1] == [Progress(EVENTS, EVENTS)]


def test_an_empty_log_is_whole(store: Store, clock: FakeClock) -> None:
    assert Audited(store, clock).verify().is_whole


DAMAGES: dict[str, tuple[Sequence[str], int, Damage]] = {
    "changed": (["UPDATE audit_event SET actor = 'Eve' WHERE seq = 5"], 5, Damage.CHANGED),
    "changed details": (
        ["UPDATE audit_event SET details = '{\"n\": 9}' WHERE seq = 5"], 5, Damage.CHANGED,
    ),
    "changed time": (
        ["UPDATE audit_event SET at = (SELECT at FROM audit_event WHERE seq = 4) WHERE seq = 5"],
        5,
        Damage.CHANGED,
    ),
    "marked as imported": (
        ["UPDATE audit_event SET imported = true WHERE seq = 5"], 5, Damage.CHANGED,
    ),
    "a changed previous hash": (
        ["UPDATE audit_event SET previous_hash = hash WHERE seq = 5"], 5, Damage.CHANGED,
    ),
    "a changed hash": (
        ["UPDATE audit_event SET hash = previous_hash WHERE seq = 5"], 5, Damage.CHANGED,
    ),
    "the first changed": (["UPDATE audit_event SET role = 'x' WHERE seq = 1"], 1, Damage.CHANGED),
    "the last changed": (["UPDATE audit_event SET role = 'x' WHERE seq = 12"], 12, Damage.CHANGED),
    "removed": (["DELETE FROM audit_event WHERE seq = 5"], 5, Damage.REMOVED),
    "the first removed": (["DELETE FROM audit_event WHERE seq <= 2"], 1, Damage.REMOVED),
    "removed and closed up": (
        ["DELETE FROM audit_event WHERE seq IN (5, 6)", *renumber(7, 12, -2)], 5, Damage.REMOVED,
    ),
    "the last but one removed, and closed up": (
        ["DELETE FROM audit_event WHERE seq = 11", *renumber(12, 12, -1)], 11, Damage.REMOVED,
    ),
    "inserted": ([*renumber(5, 12, 1), _copy(4, 5)], 5, Damage.INSERTED),
    "inserted in front": ([_copy(4, 0)], 0, Damage.INSERTED),
    "neighbours exchanged": (
        [*renumber(5, 5, 100), *renumber(6, 6, -1), *renumber(105, 105, -99)],
        5,
        Damage.REORDERED,
    ),
    "exchanged from afar": (
        [*renumber(3, 3, 100), *renumber(10, 10, -7), *renumber(103, 103, -93)],
        3,
        Damage.REORDERED,
    ),
    "cut off": (["DELETE FROM audit_event WHERE seq > 10"], 11, Damage.CUT_OFF),
    "everything removed": (["DELETE FROM audit_event"], 1, Damage.CUT_OFF),
    "cut off to an older head": (
        [
            "DELETE FROM audit_event WHERE seq > 7",
            "UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit_event WHERE seq = 7)",
        ],
        8,
        Damage.CUT_OFF,
    ),
    "the head set back": (
        ["UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit_event WHERE seq = 7)"],
        8,
        Damage.HEAD_MOVED,
    ),
    "the head changed": (["UPDATE audit_head SET hash = 'x'"], 12, Damage.HEAD_MOVED),
    "the head removed": (["DELETE FROM audit_head"], 12, Damage.HEAD_MOVED),
    "the head set forward": (["UPDATE audit_head SET seq = 14"], 13, Damage.CUT_OFF),
    "a person's row is gone": (["DELETE FROM audit_subject WHERE seq = 5"], 5, Damage.CHANGED),
    "a person's row was invented": (
        ["INSERT INTO audit_subject (seq, patient_id) VALUES (5, 'x')"], 5, Damage.CHANGED,
    ),
    "a person's row names another": (
        ["UPDATE audit_subject SET patient_id = 'x' WHERE seq = 12"], 12, Damage.CHANGED,
    ),
    "an anchor changed": (["UPDATE audit_anchor SET seq = 8"], 8, Damage.FORGED),
    "an anchor of another writer": (["UPDATE audit_anchor SET writer = 'x'"], 9, Damage.FORGED),
    "an anchor of a foreign key": (["UPDATE audit_anchor SET key_id = 'x'"], 9, Damage.FORGED),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_with_the_first_event_that_does_not_fit(
    audited: Audited, name: str
) -> None:
    statements, seq, damage = DAMAGES[name]
    audited.tamper(*statements)
    misfit = audited.verify().misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (seq, damage), misfit.sentence
    assert str(seq) in misfit.sentence and misfit.sentence.endswith(".")


TEXT_COLUMNS = sorted(set(HASHED) - {"seq", "at", "details", "imported"})


@pytest.mark.parametrize("column", TEXT_COLUMNS)
def test_a_change_of_any_column_is_found(audited: Audited, column: str) -> None:
    # Also what was empty: this event has no reason, no ticket and no address.
    audited.tamper(f"UPDATE audit_event SET {column} = 'x' WHERE seq = 7")
    misfit = audited.verify().misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (7, Damage.CHANGED), misfit.sentence


def test_an_event_that_was_changed_and_hashed_anew_is_named(audited: Audited) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 5")
    audited.chain_anew(5, last=5)
    misfit = audited.verify().misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (5, Damage.CHANGED)
    assert "hash made anew" in misfit.sentence


def test_a_rewritten_chain_is_found_by_the_next_anchor(audited: Audited) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 5")
    audited.chain_anew(5)
    misfit = audited.verify().misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (9, Damage.REWRITTEN)
    assert "events 1 to 9" in misfit.sentence


def test_a_rewritten_chain_is_found_by_the_line_that_was_written_down(audited: Audited) -> None:
    written_down = audited.anchors.read()
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 11")
    audited.chain_anew(11)
    # Nothing was signed behind the ninth event: without the line it fits together.
    assert audited.verify().is_whole
    misfit = audited.verify(written_down).misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (12, Damage.REWRITTEN)
    assert "events 10 to 12" in misfit.sentence


def test_a_cut_behind_the_last_anchor_is_found_by_the_line_only(audited: Audited) -> None:
    written_down = audited.anchors.read()
    audited.tamper(
        "DELETE FROM audit_event WHERE seq > 10",
        "UPDATE audit_head SET seq = 10, hash = (SELECT hash FROM audit_event WHERE seq = 10)",
    )
    assert audited.verify().is_whole
    misfit = audited.verify(written_down).misfit
    assert misfit is not None
    assert (misfit.seq, misfit.damage) == (11, Damage.CUT_OFF)


def test_a_line_of_another_installation_proves_nothing(audited: Audited) -> None:
    foreign = Audited(audited.store, audited.clock)
    foreign.anchors._keys = SigningKeys(SEEDS[1:2])
    with pytest.raises(InvalidInput):
        audited.verify(foreign.anchors.read())


def test_a_rotated_key_still_verifies(audited: Audited) -> None:
    old = SigningKeys(SEEDS[:1]).published()[0].public_key
    audited.keys = SigningKeys([SEEDS[1], f"pub:{old}"])
    assert audited.verify().is_whole
    audited.keys = SigningKeys(SEEDS[1:2])
    misfit = audited.verify().misfit
    assert misfit is not None and misfit.damage is Damage.FORGED
    assert "SIGNING_KEY" in misfit.sentence


def test_writers_go_on_while_it_runs(audited: Audited) -> None:
    steps = verify_log(audited.store, audited.keys)
    next(steps)
    audited.write(3)
    audited.anchors.anchor()
    *_, verdict = steps
    assert isinstance(verdict, Verdict)
    assert verdict.is_whole and verdict.head_seq == EVENTS
    assert audited.verify().head_seq == EVENTS + 3


def test_a_person_verifies_if_they_may_and_it_is_noted(audited: Audited) -> None:
    verification = Verification(audited.store, audited.audit, audited.keys)
    with pytest.raises(NotPermitted):
        list(verification.run(SAM))
    reviewer = make_actor("Carla", Role.COMPLIANCE)
    *_, verdict = verification.run(reviewer)
    assert isinstance(verdict, Verdict) and verdict.is_whole
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 5")
    list(verification.run(reviewer))
    with audited.store.read() as session:
        noted = session.exec(select(AuditEvent).where(AuditEvent.action == "audit.verify")).all()
    assert [event.outcome for event in noted] == ["done", "failed"]
    assert noted[1].details is not None and noted[1].details["misfit"] == 5


def test_memory_does_not_grow_with_the_log(sqlite_store: Store, clock: FakeClock) -> None:
    audited = Audited(sqlite_store, clock)
    peaks = []
    for more in (3000, 6000):
        with audited.store.write() as session:
            for _ in range(more):
                audited.audit.append(session, SAM, "query.view", patient_id="p-1")
        tracemalloc.start()
        assert audited.verify().is_whole
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
