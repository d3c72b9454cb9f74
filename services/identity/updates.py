"""Writes what upstream says about a person's identity into its rows.

Updates come by webhook, late, twice and in any order, and by refusals. Every function here is
idempotent and works inside the caller's transaction. A refused identity stays inactive until an
update that is newer than the refusal says that it was verified again.
"""

import re
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from services.errors import Conflict, Refused, UpstreamError, UpstreamInvalid, UpstreamNotFound
from services.identity.aal2_sessions import end_sessions_of, replace_sessions
from services.identity.access_facts import ACTIVE, INACTIVE
from services.identity.drift.proofed import ask_for_capture
from services.metriport.webhook_schemas import IdentityVerified, WebhookMeta
from services.store import lock_person
from services.store.tables import IdentitySession, ProofedIdentity, WebhookEvent

SESSION_ID_KEY = "accessDeskSessionId"
"""Under this key our row's id travels in a session's metadata, and comes back on its webhook."""

COMPLETED = "completed"

_REFUSALS = (Refused, UpstreamInvalid, UpstreamNotFound, Conflict)
_NEAR = r"[^.;]{0,60}?\b"
_NOT_ACTIVE = re.compile(
    rf"identity\b{_NEAR}(inactive|(not|must be)\b[^.;]{{0,20}}\bactive|expired|revoked"
    rf"|deactivated|not found|unknown)"
    rf"|\b(inactive|revoked|expired|could not find|no such|unknown){_NEAR}identity",
    re.IGNORECASE,
)
_ABOUT_SESSION = re.compile(r"(?<!\bidentity )\b(aal2|session)\b", re.IGNORECASE)


def apply_verified(
    session: Session, update: IdentityVerified, meta: WebhookMeta, event: WebhookEvent
) -> None:
    """Keep that a person's identity is proofed; AAL2 sessions of the person's earlier ones end.

    A proofing that is news has the person's record captured as it is then. Raises `ValueError`
    where the identity or the identity session is another person's.
    """
    # Two messages about one person at the same moment must not both make the row.
    lock_person(session, update.patient_id)
    sent = _session_of(session, update, (meta.data or {}).get(SESSION_ID_KEY))
    # Upstream's clock may run ahead of ours: a time in our future would shut out later updates.
    when = min(meta.when or event.received_at, event.received_at)
    if sent is not None and sent.patient_id != update.patient_id:
        raise ValueError("names a verification of another person")
    identity = session.get(ProofedIdentity, update.proofed_identity_id, with_for_update=True)
    if identity is None:
        identity = _new(update, when)
        ask_for_capture(session, identity, event.received_at)
    elif identity.patient_id != update.patient_id:
        raise ValueError("names an identity of another person")
    elif _is_renewed(session, identity, _since(meta, sent, when)):
        identity.status, identity.inactive_at, identity.verified_at = ACTIVE, None, when
        ask_for_capture(session, identity, event.received_at)
    elif _is_proofed_again(identity, sent, _since(meta, sent, when)):
        ask_for_capture(session, identity, event.received_at)
    identity.from_event = identity.from_event or event.id
    if sent is not None:
        identity.from_session = identity.from_session or sent.id
        sent.status, sent.verified_at = COMPLETED, sent.verified_at or when
        sent.session_id = sent.session_id or _free_session_id(session, update)
        session.add(sent)
    session.add(identity)
    replace_sessions(session, identity, event.received_at)


def is_about_identity(error: UpstreamError, *, brought_session: bool) -> bool:
    """Whether upstream refused because the identity is not active.

    Neither the HTTP status nor the text of such a refusal is documented, so this reads `detail`: it
    must speak of an identity, and must not speak of a session where the call brought an AAL2
    session along.
    """
    detail = error.detail or ""
    if brought_session and _ABOUT_SESSION.search(detail):
        return False
    return isinstance(error, _REFUSALS) and bool(_NOT_ACTIVE.search(detail))


def mark_inactive(session: Session, identity_id: str, now: datetime) -> None:
    """Keep that upstream refused the identity at `now` (UTC), and end its AAL2 sessions."""
    identity = session.get(ProofedIdentity, identity_id, with_for_update=True)
    if identity is not None and identity.status == ACTIVE:
        identity.status, identity.inactive_at = INACTIVE, now
        session.add(identity)
    end_sessions_of(session, identity_id, now)


def _is_renewed(session: Session, identity: ProofedIdentity, since: datetime) -> bool:
    """Whether a verification at `since` is newer than a refusal, or than another identity."""
    wanted = select(ProofedIdentity).where(col(ProofedIdentity.patient_id) == identity.patient_id)
    newest = session.exec(wanted.order_by(col(ProofedIdentity.verified_at).desc())).first()
    moments = [identity.inactive_at]
    if newest is not None and newest is not identity:
        moments += [newest.verified_at, newest.inactive_at]
    known = [moment for moment in moments if moment]
    return bool(known) and since > max(known)


def _is_proofed_again(
    identity: ProofedIdentity, sent: IdentitySession | None, since: datetime
) -> bool:
    """Whether an active identity was proofed once more, with the id that it had.

    A message that comes twice must not count: its second reading would find the record of today,
    and hide that it had changed. So a session of ours must not have been verified before, and a
    proofing elsewhere must be newer.
    """
    if identity.status != ACTIVE or since <= identity.verified_at:
        return False
    return sent is None or sent.verified_at is None


def _since(meta: WebhookMeta, sent: IdentitySession | None, when: datetime) -> datetime:
    """The earliest time at which the verification can have happened."""
    if meta.when:
        return when
    return sent.created_at if sent else datetime.min.replace(tzinfo=UTC)


def _new(update: IdentityVerified, when: datetime) -> ProofedIdentity:
    return ProofedIdentity(
        proofed_identity_id=update.proofed_identity_id,
        patient_id=update.patient_id,
        status=ACTIVE,
        verified_at=when,
    )


def _session_of(
    session: Session, update: IdentityVerified, own_id: object
) -> IdentitySession | None:
    """Our row of the identity session, if this program asked for it."""
    if isinstance(own_id, str):
        own = session.get(IdentitySession, own_id, with_for_update=True)
        if own is not None:
            return own
    if update.session_id is None:
        return None
    wanted = select(IdentitySession).where(col(IdentitySession.session_id) == update.session_id)
    return session.exec(wanted.with_for_update()).first()


def _free_session_id(session: Session, update: IdentityVerified) -> str | None:
    """Upstream's id of the identity session, unless another row of ours has it already."""
    wanted = select(IdentitySession).where(col(IdentitySession.session_id) == update.session_id)
    return None if session.exec(wanted).first() else update.session_id
