"""Damage by values of another kind than the program writes, which SQLite keeps in any column."""

import pytest

from services.staff.proof.damage import Damage
from services.store import Store
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited

EVENT = "Event 5 was changed after it was written"
PROOF = "An anchor, a seal, the head or the index of persons was changed"


@pytest.fixture
def audited(sqlite_store: Store, clock: FakeClock) -> Audited:
    """A log of twelve events in two months, one of them sealed, with an anchor."""
    audited = Audited(sqlite_store, clock)
    audited.write_months(2, 6)
    audited.anchors.anchor()
    assert audited.segments.seal() == 1
    return audited


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("details", "'{broken'"),
        ("details", "x'ff'"),
        ("at", "'yesterday'"),
        ("at", "7"),
        ("actor", "x'ff'"),
        ("actor", "CAST(x'ff' AS TEXT)"),
        ("imported", "'x'"),
        ("hash", "x'00'"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(audited: Audited, column: str, value: str) -> None:
    audited.tamper(f"UPDATE audit_event SET {column} = {value} WHERE seq = 5")
    misfit = audited.verify().misfit
    assert misfit is not None and (misfit.seq, misfit.damage) == (5, Damage.CHANGED)
    assert misfit.sentence.startswith(EVENT)


def test_what_stands_before_an_event_that_cannot_be_read_is_named_first(audited: Audited) -> None:
    audited.tamper(
        "UPDATE audit_event SET details = '{broken' WHERE seq = 5",
        "UPDATE audit_event SET role = 'admin' WHERE seq = 3",
    )
    misfit = audited.verify().misfit
    assert misfit is not None and misfit.seq == 3


@pytest.mark.parametrize(
    "change",
    [
        "audit_anchor SET at = 'yesterday'",
        "audit_anchor SET hash = x'ff'",
        "audit_segment SET counts = 'x'",
        "audit_segment SET last_at = 'x'",
        "audit_head SET seq = 'x'",
    ],
)
def test_what_proves_the_log_and_cannot_be_read_is_damage(audited: Audited, change: str) -> None:
    audited.tamper(f"UPDATE {change}")
    verdict = audited.verify()
    assert not verdict.is_whole and verdict.sentence.startswith(PROOF)
