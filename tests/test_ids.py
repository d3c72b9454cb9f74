"""Ids sort by the time at which they were made, to the microsecond."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.ids import is_uuid, new_id
from tests.clock import FakeClock


def test_ids_sort_by_their_time() -> None:
    clock = FakeClock()
    made = []
    for _ in range(50):
        made.append(new_id(clock()))
        clock.forward(microseconds=1)
    assert made == sorted(made) and all(is_uuid(made_id) for made_id in made)


def test_the_log_keeps_microseconds_of_ids(clock: FakeClock) -> None:
    later = datetime.fromtimestamp(clock.now.timestamp() + 1e-3, clock.now.tzinfo)
    assert new_id(clock.now) < new_id(later)


@given(st.integers(0, 2**42))
def test_an_id_begins_with_exactly_its_millisecond(millis: int) -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    elapsed = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert UUID(new_id(at)).int >> 80 == elapsed
