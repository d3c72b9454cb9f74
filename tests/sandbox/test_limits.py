import pytest

from services.sandbox.answers import Refusal
from services.sandbox.limits import RateLimits
from tests.clock import FakeClock


def test_a_limit_holds_for_a_sliding_minute(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    allowed = []
    for _ in range(3):
        allowed.append(limits.allows("it", 2))
        clock.forward(seconds=20)
    assert allowed == [True, True, False]
    assert limits.allows("it", 2)
    assert not limits.allows("it", 2)


def test_a_refused_call_does_not_count(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    limits.allows("it", 1)
    for _ in range(5):
        clock.forward(seconds=10)
        assert not limits.allows("it", 1)
    clock.forward(seconds=10)
    assert limits.allows("it", 1)


def test_limits_are_apart(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    assert limits.allows("it", 1)
    assert limits.allows("something else", 1)


def test_over_the_limit_is_a_429(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    limits.require("it", 1)
    with pytest.raises(Refusal) as refusal:
        limits.require("it", 1)
    assert refusal.value.status == 429
