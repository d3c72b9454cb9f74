"""What upstream's refusals are about: the identity, or the AAL2 session that came along."""

import pytest

from services.errors import (
    Conflict,
    NoAnswer,
)
from services.identity.updates import is_about_identity


@pytest.mark.parametrize(
    ("detail", "about"),
    [
        ("Proofed identity pid_1 is not in active status", True),
        ("Could not find proofed identity", True),
        ("Inactive proofed identity", True),
        ("The identity has been deactivated", True),
        ("proofed identity status must be active", True),
        ("Identity not found", True),
        ("The proofed identity has expired", True),
        ("AAL2 session for identity pid_1 has expired", False),
        ("The AAL2 session of this proofed identity was revoked", False),
        ("The AAL2 session does not belong to identity pid_1 or is not active", False),
        ("The proofed identity belongs to another patient", False),
        ("Could not find patient", False),
        ("", False),
    ],
)
def test_what_a_refusal_is_about(detail: str, about: bool) -> None:
    refused = Conflict("no", status=412, detail=detail)
    assert is_about_identity(refused, brought_session=True) is about
    assert not is_about_identity(NoAnswer("no", detail=detail), brought_session=True)


@pytest.mark.parametrize(
    ("detail", "of_a_query"),
    [
        ("Cannot create AAL2 challenge: proofed identity is not active", False),
        ("Proofed identity is inactive. Create a new identity session.", True),
    ],
)
def test_what_a_challenge_is_refused_for(detail: str, of_a_query: bool) -> None:
    refused = Conflict("no", status=412, detail=detail)
    assert is_about_identity(refused, brought_session=False)
    assert is_about_identity(refused, brought_session=True) is of_a_query
