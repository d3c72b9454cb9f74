"""The worker of the access log: hourly anchors and seals, a daily purge, an anchor at the stop."""

import pytest

from services.errors import LogUnavailable
from services.staff.proof.anchors import Anchors
from services.store import Store
from services.workers.anchoring import Anchoring
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited
from tests.waiting import until


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """An empty log."""
    return Audited(store, clock)


def test_a_stop_anchors_what_happened_since_the_hour(audited: Audited) -> None:
    anchoring = Anchoring(audited.anchors, audited.segments, audited.clock)
    audited.write(1)
    while anchoring.step():
        pass
    audited.write(1)
    assert anchoring.step() == 0
    anchoring.anchor_at_stop()
    assert [row.seq for row in audited.anchored()] == [1, 2]


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
