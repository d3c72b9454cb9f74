"""Anchors: each writer signs the head when it has moved, every hour."""

from datetime import timedelta

import pytest

from services.errors import InvalidInput
from services.staff.proof.anchors import Anchors, head_of, read_head_line, writer_name
from services.store import Store
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """An empty log."""
    return Audited(store, clock)


def test_the_head_is_anchored_every_hour_if_it_has_moved(audited: Audited) -> None:
    assert audited.anchors.step() == 0
    audited.write(3)
    steps = []
    for more in (0, 0, 1, 0):
        audited.clock.forward(minutes=61)
        audited.write(more)
        steps.append((audited.anchors.step(), audited.anchors.step()))
    assert steps == [(1, 0), (0, 0), (1, 0), (0, 0)]
    first, second = audited.anchored()
    assert (first.seq, second.seq) == (3, 4)
    assert head_of(first).is_valid(audited.keys)
    assert second.at - first.at == timedelta(hours=2, minutes=2, seconds=1)


def test_each_writer_anchors_for_itself(audited: Audited) -> None:
    audited.write(1)
    other = Anchors(audited.store, audited.clock, audited.keys, "desk-2/8/start")
    assert (audited.anchors.anchor(), other.anchor(), other.anchor()) == (1, 1, 0)
    assert [row.writer for row in audited.anchored()] == ["desk-1/7/start", "desk-2/8/start"]


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
