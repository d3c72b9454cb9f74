"""What a network query for individual access must bring along."""

from typing import Any

from services.sandbox.answers import Refusal, wrong


def authorize(body: dict[str, Any], aal2_session_id: str | None) -> None:
    """Refuse a query for individual access that lacks its proof (400) or whose proof fails (403).

    No session can exist yet, because the identity routes are not part of the sandbox yet.
    """
    identity = body.get("proofedIdentityId")
    if not isinstance(identity, str) or not identity:
        raise wrong("proofedIdentityId", "is required when purposeOfUse is ias")
    if aal2_session_id is None:
        raise wrong("x-aal2-session", "is required when purposeOfUse is ias")
    raise Refusal(403, "The AAL2 session is not known")
