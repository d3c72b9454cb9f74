"""AAL2 sessions: bound once, reserved for one query, erased when they end.

A session id is a credential. It stands in the log encrypted, only while it can still be used, and
never leaves this module except inside a `Reserved`. Everything works inside the caller's
transaction.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import InvalidToken
from sqlmodel import Session, col, select, update

from services.errors import NotReady
from services.identity.access_facts import ACTIVE, facts_of
from services.identity.access_state import EXPIRED, REFUSED, REPLACED, USED, Limits, why_not_ready
from services.ids import new_id
from services.store import lock_person
from services.store.tables import Aal2Challenge, Aal2Session, ProofedIdentity
from services.vault import Vault

_CREDENTIAL = re.compile(r"[\x21-\x7e]{1,300}")
"""What can travel in an HTTP header."""


@dataclass(frozen=True)
class Reserved:
    """A session that one query may use. `row_id` is ours, `credential` upstream's."""

    row_id: str
    identity_id: str
    credential: str = field(repr=False)


class Aal2Sessions:
    """Owns the table `aal2_session`."""

    def __init__(self, vault: Vault, limits: Limits) -> None:
        self._vault = vault
        self.limits = limits

    def bind(
        self, session: Session, challenge: Aal2Challenge, credential: str, now: datetime
    ) -> None:
        """Keep the session of a satisfied challenge.

        Not one that is unusable or known, nor for an identity that does not count any more. It
        cannot have been satisfied after the challenge's end, however late the browser brings
        it. Of two sessions that nobody used, the one satisfied later replaces the other.
        """
        lock_person(session, challenge.patient_id)
        known = select(Aal2Session).where(col(Aal2Session.fingerprint) == fingerprint(credential))
        if not _CREDENTIAL.fullmatch(credential) or session.exec(known).first():
            return
        if not _counts(session, challenge.proofed_identity_id):
            return
        bound = Aal2Session(
            id=new_id(now),
            challenge_id=challenge.id,
            patient_id=challenge.patient_id,
            proofed_identity_id=challenge.proofed_identity_id,
            secret=self._vault.encrypt(credential.encode()),
            fingerprint=fingerprint(credential),
            verified_at=min(now, challenge.expires_at or now),
        )
        for other in _open_of(session, challenge.patient_id):
            _end(session, bound if other.verified_at > bound.verified_at else other, REPLACED, now)
        session.add(bound)

    def reserve(self, session: Session, patient_id: str, query_id: str, now: datetime) -> Reserved:
        """Spend the person's session on a query, and erase it; raises `NotReady`.

        Whoever comes second waits for the first one's transaction, and finds it spent.
        """
        lock_person(session, patient_id)
        rows = {row.id: row for row in _open_of(session, patient_id)}
        facts = facts_of(session, [patient_id])[patient_id]
        if reason := why_not_ready(facts, self.limits, now):
            raise NotReady(reason)
        assert facts.session is not None and facts.identity is not None
        row = rows[facts.session.id]
        try:
            credential = self._vault.decrypt(row.secret or b"").decode()
        except InvalidToken:
            raise NotReady("The AAL2 session cannot be read: SECRET_KEY has changed.") from None
        row.used_by, row.used_at = query_id, now
        _end(session, row, USED, now)
        return Reserved(row.id, facts.identity.id, credential)

    def release(self, session: Session, reserved: Reserved) -> None:
        """The query was never looked at upstream, so the session can serve another one.

        Unless the identity does not count any more, or the person satisfied another challenge.
        """
        row = session.get_one(Aal2Session, reserved.row_id)
        lock_person(session, row.patient_id)
        session.refresh(row, with_for_update=True)
        if not _counts(session, reserved.identity_id):
            return self.refuse(session, reserved)
        if _open_of(session, row.patient_id):
            return _end(session, row, REPLACED, row.ended_at or row.verified_at)
        row.secret = self._vault.encrypt(reserved.credential.encode())
        row.used_by = row.used_at = row.ended_at = row.end_reason = None
        session.add(row)

    def refuse(self, session: Session, reserved: Reserved) -> None:
        """Upstream said no to it: that stands above every clock here."""
        row = session.get_one(Aal2Session, reserved.row_id, with_for_update=True)
        row.end_reason = REFUSED
        session.add(row)

    def sweep(self, session: Session, now: datetime) -> int:
        """Erase what the local limits have ended; answers how many."""
        wanted = select(Aal2Session).where(col(Aal2Session.ended_at).is_(None))
        wanted = wanted.where(col(Aal2Session.verified_at) <= now - self.limits.shortest)
        over = session.exec(wanted.limit(100).with_for_update(skip_locked=True)).all()
        for row in over:
            _end(session, row, EXPIRED, now)
        return len(over)


def fingerprint(credential: str) -> str:
    """What tells that the same session id came before."""
    return hashlib.sha256(b"aal2:" + credential.encode("utf-8", "replace")).hexdigest()


def end_sessions_of(session: Session, identity_id: str, now: datetime) -> None:
    """The identity is not active any more, so no session of it is."""
    wanted = update(Aal2Session).where(col(Aal2Session.proofed_identity_id) == identity_id)
    wanted = wanted.where(col(Aal2Session.ended_at).is_(None))
    session.exec(wanted.values(ended_at=now, end_reason=REFUSED, secret=None))


def replace_sessions(session: Session, identity: ProofedIdentity, now: datetime) -> None:
    """A newer identity of the person counts from now on: no session of an earlier one does."""
    session.flush()
    if not _is_newest(session, identity):
        return
    for row in _open_of(session, identity.patient_id):
        if row.proofed_identity_id != identity.proofed_identity_id:
            _end(session, row, REPLACED, now)


def _counts(session: Session, identity_id: str) -> bool:
    """Whether the identity is active, and the one that counts."""
    identity = session.get(ProofedIdentity, identity_id, with_for_update=True)
    return identity is not None and identity.status == ACTIVE and _is_newest(session, identity)


def _is_newest(session: Session, identity: ProofedIdentity) -> bool:
    newer = select(ProofedIdentity).where(col(ProofedIdentity.patient_id) == identity.patient_id)
    newer = newer.where(col(ProofedIdentity.verified_at) > identity.verified_at)
    return session.exec(newer.limit(1)).first() is None


def _open_of(session: Session, patient_id: str) -> list[Aal2Session]:
    wanted = select(Aal2Session).where(col(Aal2Session.patient_id) == patient_id)
    wanted = wanted.where(col(Aal2Session.ended_at).is_(None))
    return list(session.exec(wanted.with_for_update()).all())


def _end(session: Session, row: Aal2Session, reason: str, now: datetime) -> None:
    row.ended_at, row.end_reason, row.secret = now, reason, None
    session.add(row)
