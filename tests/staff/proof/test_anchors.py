"""Anchors: each writer signs the head when it has moved, every hour and at its stop."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from services.errors import InvalidInput, LogUnavailable
from services.staff.proof.anchors import Anchors, head_of, read_head_line, writer_name
from services.store import Store
from services.store.tables import AuditAnchor
from services.workers.anchoring import Anchoring
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited
from tests.waiting import until


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """An empty log."""
    return Audited(store, clock)


def _anchors(store: Store) -> list[AuditAnchor]:
    with store.read() as session:
        return list(session.exec(select(AuditAnchor).order_by(col(AuditAnchor.id))).all())


def test_the_head_is_anchored_every_hour_if_it_has_moved(audited: Audited) -> None:
    assert audited.anchors.step() == 0
    audited.write(3)
    steps = []
    for more in (0, 0, 1, 0):
        audited.clock.forward(minutes=61)
        audited.write(more)
        steps.append((audited.anchors.step(), audited.anchors.step()))
    assert steps == [(1, 0), (0, 0), (1, 0), (0, 0)]
    first, second = _anchors(audited.store)
    assert (first.seq, second.seq) == (3, 4)
    assert head_of(first).is_valid(audited.keys)
    assert second.at - first.at == timedelta(hours=2, minutes=2, seconds=1)


def test_each_writer_anchors_for_itself(audited: Audited) -> None:
    audited.write(1)
    other = Anchors(audited.store, audited.clock, audited.keys, "desk-2/8/start")
    assert (audited.anchors.anchor(), other.anchor(), other.anchor()) == (1, 1, 0)
    assert [row.writer for row in _anchors(audited.store)] == ["desk-1/7/start", "desk-2/8/start"]


def test_a_line_that_was_written_down_says_the_same(audited: Audited) -> None:
    audited.write(2)
    head = audited.anchors.read()
    read = read_head_line(f"  {head.line()}\n")
    assert read == head and read.is_valid(audited.keys)
    forged = read_head_line(head.line().replace(" 2 ", " 1 "))
    assert not forged.is_valid(audited.keys)


@pytest.mark.parametrize("change", [("-1 ", "-2 "), (" 2 ", " two "), ("+00:00", ""), (" 2", "")])
def test_a_damaged_line_is_refused(audited: Audited, change: tuple[str, str]) -> None:
    audited.write(2)
    with pytest.raises(InvalidInput):
        read_head_line(audited.anchors.read().line().replace(*change, 1))


def test_a_writer_is_named_by_machine_process_and_start(clock: FakeClock) -> None:
    name = writer_name(clock())
    assert name.endswith("/20260914T153000Z") and name.count("/") == 2 and " " not in name


def test_a_stop_anchors_what_happened_since_the_hour(audited: Audited) -> None:
    anchoring = Anchoring(audited.anchors, audited.segments, audited.clock)
    audited.write(1)
    while anchoring.step():
        pass
    audited.write(1)
    assert anchoring.step() == 0
    anchoring.anchor_at_stop()
    assert [row.seq for row in _anchors(audited.store)] == [1, 2]


class _Broken(Anchors):
    def __init__(self) -> None:
        self.asked = 0

    def anchor(self) -> int:
        self.asked += 1
        raise LogUnavailable("The log did not answer.")


class _Silent(Anchors):
    def __init__(self) -> None:
        self.asked = self.answered = False
        self.may_answer = False

    def anchor(self) -> int:
        self.asked = True
        until(lambda: self.may_answer)
        self.answered = True
        return 1


def test_a_log_that_fails_does_not_keep_the_program_from_ending(audited: Audited) -> None:
    broken = _Broken()
    Anchoring(broken, audited.segments, audited.clock).anchor_at_stop()
    assert broken.asked == 1


def test_a_log_that_is_silent_does_not_keep_the_program_from_ending(audited: Audited) -> None:
    silent = _Silent()
    Anchoring(silent, audited.segments, audited.clock).anchor_at_stop(patience=0.01)
    assert silent.asked and not silent.answered
    silent.may_answer = True
    until(lambda: silent.answered)


def test_months_are_sealed_and_old_ones_purged_in_the_worker_s_own_time(audited: Audited) -> None:
    anchoring = Anchoring(audited.anchors, audited.segments, audited.clock)
    audited.write_months(2, 2)
    audited.write(1)
    # One anchor, and two seals.
    assert sum(iter(anchoring.step, 0)) == 3
    audited.clock.forward(days=365 * 7)
    # Two segments of two events each.
    assert sum(iter(anchoring.step, 0)) == 4
    audited.clock.forward(hours=1)
    # An anchor behind the events of the purges, which also close the month before them.
    assert sum(iter(anchoring.step, 0)) == 2
    assert audited.verify().is_whole
