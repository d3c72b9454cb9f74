"""Whether a network query for individual access (IAS) is allowed."""

from datetime import datetime
from typing import Any

from services.sandbox.answers import Refusal, unknown, wrong
from services.sandbox.hosted.identities import Aal2Session, ProofedIdentity
from services.sandbox.upstream import Upstream


def authorize(
    up: Upstream, patient_id: str, body: dict[str, Any], aal2_session_id: str | None
) -> None:
    """Check the proofed identity and the AAL2 session of a start, and use the session up.

    Raises `Refusal`: 400 if one of them is missing, 404 for an unknown identity, 412 for one that
    is not active, 403 for an identity of another patient, and for a session that is unknown, of
    another identity, used or expired.
    """
    identity_id = body.get("proofedIdentityId")
    if not isinstance(identity_id, str) or not identity_id:
        raise wrong("proofedIdentityId", "is required when purposeOfUse is ias")
    if aal2_session_id is None:
        raise wrong("x-aal2-session", "is required when purposeOfUse is ias")
    identity = _identity_of(up, identity_id, patient_id)
    _check_session(up.identities.session(aal2_session_id), identity, up.clock())
    # Checked after the session, so that this person gets as far as possible before the refusal.
    if up.patients.trouble(patient_id) == "identity_inactive":
        up.identities.deactivate(identity.id)
        raise not_active(identity.id)
    # Of two starts at the same moment only one gets the session.
    if not up.identities.use(aal2_session_id, up.clock()):
        raise _already_used()


def active_identity(up: Upstream, identity_id: str) -> ProofedIdentity:
    """The identity; raises `Refusal` if it is unknown (404) or not active (412)."""
    identity = up.identities.get(identity_id)
    if identity is None:
        raise unknown("proofed identity")
    if identity.status != "active":
        raise not_active(identity_id)
    return identity


def not_active(identity_id: str) -> Refusal:
    """A 412 for an identity that has to be proofed again."""
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
