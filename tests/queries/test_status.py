"""What the facts about a query's sources add up to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.status import FINISHED, SOURCE_FINAL, derived, next_check, settled
from tests.clock import FakeClock

WORDS = st.sampled_from(["completed", "failed", "processing", "not_started", "submitting", "new!"])


@pytest.mark.parametrize(
    ("sources", "status"),
    [
        ([], "processing"),
        (["completed"], "completed"),
        (["completed", "completed"], "completed"),
        (["failed", "failed"], "failed"),
        (["completed", "failed"], "partial"),
        (["completed", "not_started"], "completed"),
        (["failed", "not_started"], "failed"),
        (["not_started", "not_started"], "failed"),
        (["completed", "processing"], "processing"),
        (["completed", "new!"], "processing"),
        (["submitting"], "processing"),
    ],
)
def test_sources_add_up(sources: list[str], status: str) -> None:
    assert derived(sources) == status


@given(st.lists(WORDS))
def test_order_and_repetition_do_not_matter(sources: list[str]) -> None:
    assert derived(sources) == derived(sources[::-1] * 2)


@given(st.lists(WORDS, min_size=1))
def test_nothing_is_finished_while_a_source_is_open(sources: list[str]) -> None:
    is_open = any(one not in SOURCE_FINAL | {"not_started"} for one in sources)
    assert (derived(sources) in FINISHED) is not is_open


@pytest.mark.parametrize(
    ("upstream", "from_sources", "shown"),
    [
        ("in-progress", "processing", "processing"),
        ("processing", "completed", "completed"),
        (None, "completed", "completed"),
        (None, "processing", "processing"),
        ("processing", "failed", "failed"),
        ("completed", "processing", "completed"),
        ("partial", "completed", "partial"),
        ("queued", "processing", "queued"),
        ("archived", "completed", "completed"),
    ],
)
def test_upstreams_word_is_believed_unless_it_cannot_be(
    upstream: str | None, from_sources: str, shown: str
) -> None:
    assert settled(upstream, from_sources) == shown


def test_checks_get_rarer_up_to_a_quarter_of_an_hour() -> None:
    now = FakeClock().now
    waits = [next_check(now, checks) - now for checks in range(60)]
    assert waits[0] == timedelta(seconds=5)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=15)
