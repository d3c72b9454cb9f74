"""AAL2 sessions: kept once, reserved for one query, erased when they end.

A session id is a credential. It stands in the log encrypted, only while it can still be used, and
never leaves this module except inside a `Reserved`. Every function works inside the caller's
transaction.

A challenge may have several sessions, its candidates: any page can send the person's browser to our
return address with an invented id, before or after the real one, and nothing in such a request
tells it from the real return. Upstream alone knows which id it gave out. So all are kept, a query
tries the one that came last, and where upstream refuses it the next query tries the one before.
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

_MOST_CANDIDATES = 10
"""Sessions of one challenge that are kept unused; any browser with the cookie can bring more."""


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
    ) -> Aal2Session | None:
        """Keep the session that a return from `challenge` brought, beside those of other returns.

        Answers None, and keeps nothing, for an id that is unusable or known, and for an identity
        that is not current any more. The session counts as verified at `now` (UTC), but never
        after the challenge's end, however late the browser brings it. Of the unused sessions of
        two challenges, the one verified later replaces the other.
        """
        lock_person(session, challenge.patient_id)
        if not _CREDENTIAL.fullmatch(credential) or _is_known(session, credential):
            return None
        if not _is_current(session, challenge.proofed_identity_id):
            return None
        bound = self._new(challenge, credential, now)
        for other in _open_of(session, challenge.patient_id):
            if other.challenge_id != challenge.id:
                later = other.verified_at > bound.verified_at
                _end(session, bound if later else other, REPLACED, now)
        session.add(bound)
        session.flush()
        _drop_surplus(session, challenge.id)
        return bound

    def _new(self, challenge: Aal2Challenge, credential: str, now: datetime) -> Aal2Session:
        return Aal2Session(
            id=new_id(now),
            challenge_id=challenge.id,
            patient_id=challenge.patient_id,
            proofed_identity_id=challenge.proofed_identity_id,
            secret=self._vault.encrypt(credential.encode()),
            fingerprint=fingerprint(credential),
            verified_at=min(now, challenge.expires_at or now),
        )

    def reserve(self, session: Session, patient_id: str, query_id: str, now: datetime) -> Reserved:
        """Spend the person's session on the query, and erase it; raises `NotReady` without one.

        The other candidates of its challenge wait until upstream has decided about this one
        (`standing_session`), so that no second query starts meanwhile.
        """
        # Whoever comes second waits here for the first one's transaction, and finds it spent.
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
        """Give the session back: upstream never saw the query, so it can serve another one.

        It ends instead where the identity is not current any more, or where the person satisfied
        another challenge meanwhile.
        """
        row = session.get_one(Aal2Session, reserved.row_id)
        lock_person(session, row.patient_id)
        session.refresh(row, with_for_update=True)
        if not _is_current(session, reserved.identity_id):
            return self.refuse(session, reserved)
        open_rows = _open_of(session, row.patient_id)
        if any(other.challenge_id != row.challenge_id for other in open_rows):
            return _end(session, row, REPLACED, row.ended_at or row.verified_at)
        row.secret = self._vault.encrypt(reserved.credential.encode())
        row.used_by = row.used_at = row.ended_at = row.end_reason = None
        session.add(row)

    def refuse(self, session: Session, reserved: Reserved) -> None:
        """Upstream refused the session: it is over, also within the local limits.

        The next candidate of its challenge, if there is one, can be used from now on.
        """
        row = session.get_one(Aal2Session, reserved.row_id, with_for_update=True)
        row.end_reason = REFUSED
        session.add(row)

    def sweep(self, session: Session, now: datetime) -> int:
        """End and erase the sessions that are past the local limits; answers how many."""
        wanted = select(Aal2Session).where(col(Aal2Session.ended_at).is_(None))
        wanted = wanted.where(col(Aal2Session.verified_at) <= now - self.limits.shortest)
        over = session.exec(wanted.limit(100).with_for_update(skip_locked=True)).all()
        for row in over:
            _end(session, row, EXPIRED, now)
        return len(over)


def fingerprint(credential: str) -> str:
    """A hash by which a session id is known again once the id itself is erased."""
    return hashlib.sha256(b"aal2:" + credential.encode("utf-8", "replace")).hexdigest()


def end_sessions_of(session: Session, identity_id: str, now: datetime) -> None:
    """End and erase every session of an identity that is not active any more."""
    wanted = update(Aal2Session).where(col(Aal2Session.proofed_identity_id) == identity_id)
    wanted = wanted.where(col(Aal2Session.ended_at).is_(None))
    session.exec(wanted.values(ended_at=now, end_reason=REFUSED, secret=None))


def replace_sessions(session: Session, identity: ProofedIdentity, now: datetime) -> None:
    """End the sessions of the person's other identities, if `identity` is their newest."""
    session.flush()
    if not _is_newest(session, identity):
        return
    for row in _open_of(session, identity.patient_id):
        if row.proofed_identity_id != identity.proofed_identity_id:
            _end(session, row, REPLACED, now)


def sessions_of(session: Session, challenge_id: str) -> list[Aal2Session]:
    """Every session of a challenge, in the order in which they were verified."""
    wanted = select(Aal2Session).where(col(Aal2Session.challenge_id) == challenge_id)
    ordered = wanted.order_by(col(Aal2Session.verified_at), col(Aal2Session.id))
    return list(session.exec(ordered).all())


def _drop_surplus(session: Session, challenge_id: str) -> None:
    """Forget an unused session of a challenge that has too many; its `returns` counted it.

    It is one from the middle: a flood of invented ids that begins after the real return leaves that
    among the first, and one that was over before it leaves it among the last.
    """
    unused = [row for row in sessions_of(session, challenge_id) if row.used_by is None]
    if len(unused) > _MOST_CANDIDATES:
        session.delete(unused[_MOST_CANDIDATES // 2])
        session.flush()


def _is_known(session: Session, credential: str) -> bool:
    known = select(Aal2Session).where(col(Aal2Session.fingerprint) == fingerprint(credential))
    return session.exec(known).first() is not None


def _is_current(session: Session, identity_id: str) -> bool:
    """Whether the identity is active, and the person's newest."""
    identity = session.get(ProofedIdentity, identity_id, with_for_update=True)
    return identity is not None and identity.status == ACTIVE and _is_newest(session, identity)


def _is_newest(session: Session, identity: ProofedIdentity) -> bool:
    verified_at, own_id = col(ProofedIdentity.verified_at), identity.proofed_identity_id
    newer = select(ProofedIdentity).where(
        col(ProofedIdentity.patient_id) == identity.patient_id,
        (verified_at > identity.verified_at)
        | (verified_at == identity.verified_at)
        & (col(ProofedIdentity.proofed_identity_id) > own_id),
    )
    return session.exec(newer.limit(1)).first() is None


def _open_of(session: Session, patient_id: str) -> list[Aal2Session]:
    wanted = select(Aal2Session).where(col(Aal2Session.patient_id) == patient_id)
    wanted = wanted.where(col(Aal2Session.ended_at).is_(None))
    return list(session.exec(wanted.with_for_update()).all())


def _end(session: Session, row: Aal2Session, reason: str, now: datetime) -> None:
    row.ended_at, row.end_reason, row.secret = now, reason, None
    session.add(row)
