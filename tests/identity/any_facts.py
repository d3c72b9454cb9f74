"""Facts about individual access of any kind, for hypothesis."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.identity.access_state import (
    EXPIRED,
    REFUSED,
    REPLACED,
    USED,
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    LinkFacts,
)

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

times = st.integers(-3000, 60).map(lambda minutes: NOW + minutes * MINUTE)
maybe = st.none() | times
steps = st.builds(
    LinkFacts, target=st.sampled_from("ab"), created_at=times, expires_at=times, opened_at=maybe,
    returned_at=maybe, returned_status=st.none() | st.text(max_size=3),
)  # fmt: skip
identities = st.builds(
    IdentityFacts, id=st.sampled_from(["pid", "other"]), verified_at=times, inactive_at=maybe
)
sessions = st.builds(
    Aal2SessionFacts, id=st.just("s"), challenge=st.sampled_from("ab"),
    identity_id=st.sampled_from(["pid", "other"]), verified_at=times, used_by=st.none(),
    used_at=maybe, ended_at=maybe,
    end_reason=st.sampled_from([None, USED, REFUSED, EXPIRED, REPLACED]),
)  # fmt: skip
access_facts = st.builds(
    AccessFacts, st.none() | steps, st.none() | identities, st.none() | steps, st.none() | sessions
)
