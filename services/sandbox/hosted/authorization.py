"""What a network query for individual access must bring along."""

from datetime import datetime
from typing import Any

from services.sandbox.answers import Refusal, unknown, wrong
from services.sandbox.hosted.identities import Aal2Session, ProofedIdentity
from services.sandbox.upstream import Upstream


def authorize(
    up: Upstream, patient_id: str, body: dict[str, Any], aal2_session_id: str | None
) -> None:
    """Spend the AAL2 session, or refuse.

    400 what is missing, 404 an identity that is not known, 412 one that is not active, 403 an
    identity or a session that does not stand for this patient now.
    """
    identity_id = body.get("proofedIdentityId")
    if not isinstance(identity_id, str) or not identity_id:
        raise wrong("proofedIdentityId", "is required when purposeOfUse is ias")
    if aal2_session_id is None:
        raise wrong("x-aal2-session", "is required when purposeOfUse is ias")
    identity = _identity_of(up, identity_id, patient_id)
    _check_session(up.identities.session(aal2_session_id), identity, up.clock())
    if up.patients.trouble(patient_id) == "identity_inactive":
        up.identities.deactivate(identity.id)
        raise not_active(identity.id)
    if not up.identities.use(aal2_session_id, up.clock()):
        raise _already_used()


def active_identity(up: Upstream, identity_id: str) -> ProofedIdentity:
    """The identity, if it is known (404) and active (412)."""
    identity = up.identities.get(identity_id)
    if identity is None:
        raise unknown("proofed identity")
    if identity.status != "active":
        raise not_active(identity_id)
    return identity


def not_active(identity_id: str) -> Refusal:
    """The 412 for an identity that has to be proofed again."""
    return Refusal(412, f"Proofed identity {identity_id} is not in active status")


def _already_used() -> Refusal:
    return Refusal(403, "The AAL2 session was already used")


def _identity_of(up: Upstream, identity_id: str, patient_id: str) -> ProofedIdentity:
    identity = active_identity(up, identity_id)
    if identity.patient_id != patient_id:
        raise Refusal(403, "The proofed identity belongs to another patient")
    return identity


def _check_session(session: Aal2Session | None, identity: ProofedIdentity, now: datetime) -> None:
    if session is None:
        raise Refusal(403, "The AAL2 session is not known")
    if session.identity_id != identity.id:
        raise Refusal(403, "The AAL2 session belongs to another identity")
    if session.used_at is not None:
        raise _already_used()
    if now.timestamp() >= session.expires_at:
        raise Refusal(403, "The AAL2 session has expired")
