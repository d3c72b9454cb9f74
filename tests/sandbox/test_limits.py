import pytest

from services.metriport.rate_limits import RATE_LIMITS, RateLimit
from services.sandbox.answers import Refusal
from services.sandbox.limits import RateLimits
from tests.clock import FakeClock

ONE, TWO = RateLimit("it", 1), RateLimit("it", 2)


def test_a_limit_holds_for_a_sliding_minute(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    allowed = []
    for _ in range(3):
        allowed.append(limits.allows(TWO))
        clock.forward(seconds=20)
    assert allowed == [True, True, False]
    assert limits.allows(TWO)
    assert not limits.allows(TWO)


def test_a_refused_call_does_not_count(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    limits.allows(ONE)
    for _ in range(5):
        clock.forward(seconds=10)
        assert not limits.allows(ONE)
    clock.forward(seconds=10)
    assert limits.allows(ONE)


def test_limits_are_apart(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    assert limits.allows(ONE)
    assert limits.allows(RateLimit("something else", 1))


def test_over_the_limit_is_a_429(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    limits.require(ONE)
    with pytest.raises(Refusal) as refusal:
        limits.require(ONE)
    assert refusal.value.status == 429


def test_the_table_has_every_documented_limit() -> None:
    assert {limit.source: limit.per_minute for limit in RATE_LIMITS if limit.source} == {
        "hie": 20,
        "pharmacy": 20,
        "lab": 20,
    }
    assert {call: limit.per_minute for limit in RATE_LIMITS for call in limit.calls} == {
        ("POST", "/medical/v1/patient"): 15,
        ("PUT", "/medical/v1/patient/{id}"): 15,
        ("POST", "/medical/v1/patient/{id}/consolidated/query"): 120,
    }


@pytest.mark.parametrize("limit", RATE_LIMITS, ids=lambda limit: limit.operation)
def test_the_sandbox_holds_every_limit_of_the_table(clock: FakeClock, limit: RateLimit) -> None:
    limits = RateLimits(clock)
    assert all(limits.allows(limit) for _ in range(limit.per_minute))
    assert not limits.allows(limit)


def test_a_create_and_an_update_share_their_limit(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    for _ in range(15):
        limits.require_call("POST", "/medical/v1/patient")
    with pytest.raises(Refusal):
        limits.require_call("PUT", "/medical/v1/patient/{id}")


def test_each_source_has_a_limit_of_its_own(clock: FakeClock) -> None:
    limits = RateLimits(clock)
    assert [limits.allows_source("hie") for _ in range(21)] == [True] * 20 + [False]
    assert limits.allows_source("lab")
