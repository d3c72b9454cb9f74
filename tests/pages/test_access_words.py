"""What the page says about a person's standing, in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pages._ui.words.access import aal2_words, identity_words
from services.identity.access_state import (
    Aal2SessionFacts,
    Aal2State,
    AccessFacts,
    IdentityFacts,
    IdentityState,
    Limits,
    LinkFacts,
    aal2_state,
    identity_state,
)
from services.identity.individual_access import PersonAccess
from services.identity.rows import PatientLink

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def step(created: float, **facts: Any) -> LinkFacts:
    return LinkFacts("t", at(created), facts.pop("expires_at", at(created - 60)), **facts)


def access(**facts: Any) -> PersonAccess:
    given = AccessFacts(**facts)
    states = identity_state(given, NOW), aal2_state(given, LIMITS, NOW)
    return PersonAccess(given, *states, "", None, None)


VERIFIED = IdentityFacts("pid", at(100))
GONE = IdentityFacts("pid", at(100), at(2))
ACTIVE = Aal2SessionFacts("s", "t", "pid", at(5))


@pytest.mark.parametrize(
    ("facts", "state", "told"),
    [
        ({}, "none", "Send a verification link"),
        ({"verification": step(3)}, "link_ready",
         "Made 3 min ago. The link ends in 57 min."),
        ({"verification": step(3, opened_at=at(1))}, "opened", "opened it 1 min ago"),
        ({"verification": step(9, returned_at=at(1))}, "returned", "confirms it by webhook"),
        ({"verification": step(9, returned_at=at(3))}, "returned", "its webhook is lost"),
        ({"verification": step(90)}, "link_expired",
         "never opened. Send a verification link again"),
        ({"verification": step(90, opened_at=at(80))}, "link_expired", "opened and not finished"),
        ({"identity": VERIFIED}, "verified", "Verified 1 h 40 min ago."),
        ({"identity": IdentityFacts("pid", at(9), elsewhere=True)}, "verified",
         "the company’s own app"),
        ({"identity": VERIFIED, "verification": step(2)}, "verified", "Another link was sent"),
        ({"identity": VERIFIED, "verification": step(2, opened_at=at(1))}, "verified",
         "Another link was opened 1 min ago"),
        ({"identity": VERIFIED, "verification": step(2, returned_at=at(1))}, "verified",
         "came back from another link 1 min ago"),
        ({"identity": IdentityFacts("pid", at(100), at(2))}, "inactive", "has to verify again"),
        ({"identity": GONE, "verification": step(9)}, "inactive", "has to verify again"),
        ({"identity": GONE, "verification": step(9, opened_at=at(1))}, "opened", "is on it"),
        ({"identity": GONE, "verification": step(9, opened_at=at(4), returned_at=at(1))},
         "returned", "confirms it by webhook"),
    ],
)  # fmt: skip
def test_each_state_of_an_identity_says_what_to_do(
    facts: dict[str, Any], state: str, told: str
) -> None:
    found = access(**facts)
    assert found.identity is IdentityState(state)
    assert told in identity_words(found, NOW)


@pytest.mark.parametrize(
    ("facts", "state", "told"),
    [
        ({}, "none", "cannot be seen"),
        ({"challenge": step(3)}, "link_ready", "Made 3 min ago"),
        ({"challenge": step(3, opened_at=at(1))}, "opened", "is on it. The link ends in 57 min"),
        ({"challenge": step(90)}, "link_expired", "Send a challenge again"),
        ({"challenge": step(9, returned_at=at(1), returned_status="on hold")}, "declined",
         "with the status “on hold”"),
        ({"challenge": step(9, returned_at=at(1), returned_status="verified")}, "declined",
         "verified, but without a usable session"),
        ({"challenge": step(9, returned_at=at(1))}, "declined", "without a status"),
        ({"session": ACTIVE}, "active", "Serves one query, and ends in 25 min"),
        ({"session": ACTIVE, "challenge": step(1)}, "active", "Another link was sent"),
        ({"session": Aal2SessionFacts("s", "t", "pid", at(5), "q", at(2), at(2), "used")}, "used",
         "Query q used it 2 min ago. The next query needs a new challenge."),
        ({"session": Aal2SessionFacts("s", "t", "pid", at(5), "q", at(2), at(2), "refused")},
         "expired", "did not accept it"),
        ({"session": Aal2SessionFacts("s", "t", "pid", at(50))}, "expired", "over now"),
    ],
)  # fmt: skip
def test_each_state_of_a_session_says_what_to_do(
    facts: dict[str, Any], state: str, told: str
) -> None:
    found = access(identity=VERIFIED, **facts)
    assert found.aal2 is Aal2State(state)
    session = found.facts.session
    assert told in aal2_words(found, NOW, session.ends_at(LIMITS) if session else None)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"verification": step(3)},
        {"identity": GONE},
        {"identity": GONE, "session": Aal2SessionFacts("s", "t", "pid", at(50))},
        {"identity": GONE, "challenge": step(3, returned_at=at(1))},
    ],
)
def test_before_the_identity_the_challenge_has_to_wait(facts: dict[str, Any]) -> None:
    assert aal2_words(access(**facts), NOW, None) == "Comes once the identity is verified."


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (
            {"sent_at": at(2), "sent_by_way": "email"},
            "Sent by e-mail 2 min ago, not continued yet.",
        ),
        ({"sent_at": at(2), "sent_by_way": "pigeon"}, "Sent 2 min ago, not continued yet."),
        ({}, "Made 3 min ago, not sent yet. The link ends in 57 min."),
        ({"sent_at": at(2)}, "Sent 2 min ago, not continued yet. The link ends in 57 min."),
        ({"opened_at": at(1)}, "Looked at 1 min ago, perhaps by a mail scanner; not continued"),
        ({"sent_at": at(2), "opened_at": at(1)}, "Looked at 1 min ago"),
    ],
)
def test_a_link_says_whether_it_was_sent_and_looked_at(link: dict[str, Any], told: str) -> None:
    made = PatientLink(
        token_hash="h", kind="identity", target="t", patient_id="p", created_by="Sam",
        created_at=at(3), expires_at=at(-57), **link,
    )  # fmt: skip
    found = replace(access(verification=step(3)), verification_link=made)
    assert told in identity_words(found, NOW)
