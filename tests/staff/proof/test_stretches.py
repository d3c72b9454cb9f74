"""Proof of some events: recomputed between what was signed nearest to them."""

import pytest

from services.staff.proof import stretches
from services.staff.proof.stretches import Stretch, prove
from services.store import Store
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """Ten events, with anchors behind the third and the seventh, on each database in turn."""
    audited = Audited(store, clock)
    for events in (3, 4):
        audited.write(events)
        audited.anchors.anchor()
    audited.write(3)
    return audited


def proved(audited: Audited, *seqs: int) -> list[Stretch]:
    with audited.store.read() as session:
        return prove(session, audited.keys, seqs)


def test_events_are_proved_between_the_nearest_anchors(audited: Audited) -> None:
    (stretch,) = proved(audited, 5, 4, 7)
    assert (stretch.before.what, stretch.before.seq) == ("an anchor", 3)
    assert (stretch.behind.what, stretch.behind.seq) == ("an anchor", 7)
    assert stretch.fits is True and stretch.events == 4
    assert stretch.verdict == "Events 4 to 7 were recomputed, and all of them fit."
    first, last = proved(audited, 1, 9)
    assert (first.before.what, first.before.seq) == ("the beginning of the log", 0)
    assert (last.behind.what, last.behind.seq) == ("the head of the log", 10)
    assert first.fits is last.fits is True
    assert proved(audited) == []


def test_a_seal_bounds_what_no_anchor_does(audited: Audited) -> None:
    audited.clock.forward(days=40)
    audited.write(2)
    audited.segments.seal()
    before, behind = proved(audited, 9, 12)
    assert (before.behind.what, before.behind.seq) == ("a seal", 10)
    assert (behind.before.what, behind.before.seq) == ("a seal", 10)
    assert before.fits is behind.fits is True


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("UPDATE audit_event SET actor = 'Eve' WHERE seq = 5", "Event 5 was changed"),
        ("DELETE FROM audit_event WHERE seq = 6", "Event 6 was removed"),
        ("DELETE FROM audit_event WHERE seq = 7", "Event 7 was removed"),
        (
            "UPDATE audit_anchor SET hash = previous FROM (SELECT hash AS previous FROM audit_event"
            " WHERE seq = 1) AS one WHERE seq = 7",
            "The signature of an anchor of event 7 is not valid.",
        ),
    ],
)
def test_what_does_not_fit_is_named(audited: Audited, change: str, verdict: str) -> None:
    audited.tamper(change)
    (stretch,) = proved(audited, 5)
    assert stretch.fits is False and verdict in stretch.verdict
    # What stands elsewhere is proved all the same.
    assert proved(audited, 2)[0].fits is True


def test_a_chain_that_was_made_anew_does_not_lead_to_the_anchor(audited: Audited) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 5")
    audited.chain_anew(5)
    (stretch,) = proved(audited, 5)
    assert stretch.fits is False and "the chain made anew" in stretch.verdict


def test_no_more_than_a_bounded_number_is_recomputed(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "MOST_RECOMPUTED", 3)
    first, second = proved(audited, 1, 5)
    assert first.fits is True and second.fits is None
    assert "were not recomputed" in second.verdict
