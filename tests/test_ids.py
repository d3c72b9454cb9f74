"""Ids sort by the time at which they were made."""

from datetime import datetime, timedelta

from services.ids import first_id, is_uuid, new_id
from tests.clock import FakeClock


def test_ids_sort_by_their_time() -> None:
    clock = FakeClock()
    made = []
    for _ in range(50):
        made.append(new_id(clock()))
        clock.forward(microseconds=1)
    assert made == sorted(made) and all(is_uuid(one) for one in made)
    assert (
        first_id(clock.now - timedelta(seconds=1))
        < made[0]
        < first_id(clock.now + timedelta(seconds=1))
    )


def test_the_log_keeps_microseconds_of_ids(clock: FakeClock) -> None:
    later = datetime.fromtimestamp(clock.now.timestamp() + 1e-3, clock.now.tzinfo)
    assert new_id(clock.now) < new_id(later)
