"""Facts to states, on both sides of every limit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from services.identity.access_state import (
    EXPIRED,
    REFUSED,
    REPLACED,
    USED,
    Aal2SessionFacts,
    Aal2State,
    AccessFacts,
    IdentityFacts,
    IdentityState,
    Limits,
    LinkFacts,
    aal2_state,
    identity_state,
    turning_points,
    why_not_ready,
)
from tests.identity.any_facts import access_facts

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


def step(created: datetime, **facts: object) -> LinkFacts:
    values = {"target": "t", "created_at": created, "expires_at": created + timedelta(hours=1)}
    return LinkFacts(**(values | facts))  # type: ignore[arg-type]


def session(verified: datetime, **facts: object) -> Aal2SessionFacts:
    values = {"id": "s", "challenge": "t", "identity_id": "pid", "verified_at": verified}
    return Aal2SessionFacts(**(values | facts))  # type: ignore[arg-type]


VERIFIED = IdentityFacts("pid", ago(days=2))
REFUSED_ONE = IdentityFacts("pid", ago(days=2), inactive_at=ago(minutes=10))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (AccessFacts(), "none"),
        (AccessFacts(step(ago(minutes=59, seconds=59))), "link_ready"),
        (AccessFacts(step(ago(minutes=60))), "link_expired"),
        (AccessFacts(step(ago(minutes=5), opened_at=ago(minutes=1))), "opened"),
        (AccessFacts(step(ago(minutes=59, seconds=59), opened_at=ago(minutes=50))), "opened"),
        (AccessFacts(step(ago(minutes=60), opened_at=ago(minutes=50))), "link_expired"),
        (AccessFacts(step(ago(minutes=5), opened_at=ago(minutes=4), returned_at=ago()
        )), "returned"),
        (AccessFacts(step(ago(days=5), opened_at=ago(days=5), returned_at=ago(days=5))),
         "returned"),
        (AccessFacts(identity=VERIFIED), "verified"),
        (AccessFacts(step(ago(minutes=1)), VERIFIED), "verified"),
        (AccessFacts(step(ago(days=3), returned_at=ago(days=2)), VERIFIED), "verified"),
        (AccessFacts(identity=REFUSED_ONE), "inactive"),
        (AccessFacts(step(ago(days=3), returned_at=ago(days=2)), REFUSED_ONE), "inactive"),
        (AccessFacts(step(ago(minutes=10)), REFUSED_ONE), "inactive"),
        (AccessFacts(step(ago(minutes=10) + SECOND), REFUSED_ONE), "link_ready"),
        (AccessFacts(step(ago(minutes=9), opened_at=ago(minutes=8)), REFUSED_ONE), "opened"),
    ],
)  # fmt: skip
def test_the_state_of_an_identity(facts: AccessFacts, state: str) -> None:
    assert identity_state(facts, NOW) == state


OLD = ago(minutes=40)


@pytest.mark.parametrize(
    ("identity", "challenge", "made", "state"),
    [
        (None, None, None, "none"),
        (None, step(ago(minutes=1)), session(ago(minutes=1)), "none"),
        (VERIFIED, None, None, "none"),
        (VERIFIED, step(ago(minutes=5)), None, "link_ready"),
        (VERIFIED, step(ago(minutes=60)), None, "link_expired"),
        (VERIFIED, step(ago(minutes=60) + SECOND), None, "link_ready"),
        (VERIFIED, step(ago(minutes=5), opened_at=NOW), None, "opened"),
        (VERIFIED, step(ago(minutes=60), opened_at=OLD), None, "link_expired"),
        (VERIFIED, step(OLD, returned_at=NOW, returned_status="failed"), None, "declined"),
        (VERIFIED, step(OLD, returned_at=NOW, returned_status="verified"), None, "declined"),
        (VERIFIED, step(ago(days=1), returned_at=OLD), None, "declined"),
        (VERIFIED, step(OLD, returned_at=NOW), session(NOW), "active"),
        (VERIFIED, step(OLD), session(ago(minutes=29, seconds=59)), "active"),
        (VERIFIED, step(OLD), session(ago(minutes=30)), "expired"),
        (VERIFIED, step(OLD), session(NOW, ended_at=NOW, end_reason=USED, used_by="q"), "used"),
        (VERIFIED, step(OLD), session(OLD, ended_at=OLD, end_reason=USED, used_by="q"), "used"),
        (VERIFIED, step(OLD), session(NOW, ended_at=NOW, end_reason=REFUSED), "expired"),
        (VERIFIED, step(OLD), session(NOW, ended_at=NOW, end_reason=EXPIRED), "expired"),
        (VERIFIED, step(OLD), session(NOW, ended_at=NOW, end_reason=REPLACED), "expired"),
        (REFUSED_ONE, step(OLD), session(NOW), "expired"),
        (VERIFIED, step(OLD), session(NOW, identity_id="another"), "link_ready"),
        # A newer challenge: a usable session stands above it, an ended one gives way.
        (VERIFIED, step(NOW, target="new"), session(ago(minutes=5)), "active"),
        (VERIFIED, step(NOW, target="new"), session(OLD), "link_ready"),
        (VERIFIED, step(NOW, target="new"),
         session(ago(minutes=5), ended_at=NOW, end_reason=USED), "link_ready"),
        (VERIFIED, step(ago(minutes=9), target="new", returned_at=NOW),
         session(OLD, ended_at=OLD, end_reason=USED), "declined"),
        # An older challenge than the session that came of yet another one says nothing new.
        (VERIFIED, step(ago(days=1), target="old"),
         session(OLD, ended_at=OLD, end_reason=USED), "used"),
    ],
)  # fmt: skip
def test_the_state_of_a_challenge(
    identity: IdentityFacts | None,
    challenge: LinkFacts | None,
    made: Aal2SessionFacts | None,
    state: str,
) -> None:
    facts = AccessFacts(identity=identity, challenge=challenge, session=made)
    assert aal2_state(facts, LIMITS, NOW) == state


@pytest.mark.parametrize(
    ("age", "idle", "state"),
    [(12 * 60, 30, "active"), (9, 30, "expired"), (10, 30, "expired"), (11, 30, "active"),
     (60, 10, "expired"), (60, 11, "active")],
)  # fmt: skip
def test_both_limits_end_a_session(age: float, idle: float, state: str) -> None:
    limits = Limits(timedelta(minutes=age), timedelta(minutes=idle))
    facts = AccessFacts(identity=VERIFIED, session=session(ago(minutes=10)))
    assert aal2_state(facts, limits, NOW) == state


def test_every_state_but_ready_says_why() -> None:
    ready = AccessFacts(identity=VERIFIED, session=session(NOW))
    assert why_not_ready(ready, LIMITS, NOW) == ""
    lacking = [
        AccessFacts(),
        AccessFacts(step(NOW)),
        AccessFacts(identity=REFUSED_ONE, session=session(NOW)),
        AccessFacts(identity=VERIFIED),
        AccessFacts(identity=VERIFIED, challenge=step(NOW, target="c", opened_at=NOW)),
        AccessFacts(identity=VERIFIED, session=session(OLD)),
    ]
    reasons = [why_not_ready(facts, LIMITS, NOW) for facts in lacking]
    assert all(reasons) and len(set(reasons)) == len(reasons)


@given(access_facts)
def test_any_facts_have_a_state_and_active_needs_everything(facts: AccessFacts) -> None:
    assert identity_state(facts, NOW) in IdentityState
    if aal2_state(facts, LIMITS, NOW) is not Aal2State.ACTIVE:
        return
    identity, made = facts.identity, facts.session
    assert identity and identity.inactive_at is None
    assert made and made.identity_id == identity.id
    assert made.ended_at is None and made.end_reason != USED
    assert NOW - made.verified_at < LIMITS.shortest


@given(access_facts)
def test_time_alone_never_makes_active(facts: AccessFacts) -> None:
    if aal2_state(facts, LIMITS, NOW) is not Aal2State.ACTIVE:
        assert aal2_state(facts, LIMITS, NOW + MINUTE) is not Aal2State.ACTIVE


@given(access_facts)
def test_between_two_turning_points_the_time_changes_no_state(facts: AccessFacts) -> None:
    later = sorted(at for at in turning_points(facts, LIMITS) if at > NOW)
    until = later[0] if later else NOW + timedelta(days=30)
    assert _states(facts, until - timedelta(microseconds=1)) == _states(facts, NOW)


def _states(facts: AccessFacts, now: datetime) -> tuple[object, ...]:
    return identity_state(facts, now), aal2_state(facts, LIMITS, now)
