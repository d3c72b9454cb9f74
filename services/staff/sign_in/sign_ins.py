"""Begins and ends staff sessions; each beginning and end is an event of the access log."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.clock import Clock
from services.errors import InvalidInput, NotInLog, SignInEnded
from services.ids import new_id
from services.staff.audit import Audit, Stranger, whose
from services.staff.members import StaffMember
from services.staff.permissions import Actor, Permission, Role, staff_id
from services.staff.sign_in.sessions import (
    EndReason,
    OpenSession,
    StaffSessions,
    hash_token,
    limit_passed,
    lock_session,
    not_revoked,
    open_rows,
    owner_of,
    shown,
    with_token,
)
from services.store import Store, lock_person
from services.store.tables import StaffSession
from services.vault import Vault

_CHOICE_LASTS = timedelta(minutes=10)
"""How long somebody with several roles has to choose one."""

_SEEN_EVERY = timedelta(seconds=20)
"""What a person does is written at most so often: each click need not be a write."""

_MOST_SHOWN = 200
_MOST_SWEPT = 200


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in: the address of their machine, and their browser in short."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True)
class ProviderSession:
    """What the provider calls its own session (`sid`), and the ID token for the sign-out there."""

    sid: str | None = None
    id_token: str | None = None


class SignIns:
    """Writes the table `staff_session`."""

    def __init__(
        self, store: Store, clock: Clock, audit: Audit, sessions: StaffSessions, vault: Vault
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._sessions = sessions
        self._vault = vault

    def begin(
        self,
        member: StaffMember,
        granted: Collection[Role],
        browser: Browser,
        *,
        provider: ProviderSession | None = None,
        replaces: str = "",
    ) -> str:
        """The cookie's value for a new session of `member`, who may have the roles `granted`.

        With several roles the session is good for nothing until one is chosen (`choose`). The
        session of the cookie `replaces`, if there is one, ends. Sessions of the member in a role
        that is not granted any more end too, with everything that runs in their name.
        """
        token, now = secrets.token_urlsafe(32), self._clock()
        provider = provider or ProviderSession()
        roles = [role for role in Role if role in granted]
        row = StaffSession(
            id=new_id(now),
            token_hash=hash_token(token),
            staff_id=member.id,
            issuer=member.issuer,
            subject=member.subject,
            name=member.name,
            email=member.email or None,
            role=roles[0].value if len(roles) == 1 else None,
            granted=[role.value for role in roles],
            created_at=now,
            last_seen_at=now,
            address=browser.address,
            browser=browser.name,
            provider_session=provider.sid,
            id_token=self._vault.encrypt(provider.id_token.encode()) if provider.id_token else None,
        )
        with self._store.write() as session:
            self._end_before(session, member.id, row.granted, replaces)
            session.add(row)
            if row.role:
                self._audit.append(session, whose(row), "sign_in", of=("session", row.id))
        return token

    def choose(self, token: str, role: Role) -> str:
        """The new cookie's value for whom `token` has named, now in `role`.

        Also changes the role of a session that has one: that session ends, and a new one begins.
        Raises `SignInEnded` where the session, or the time to choose, is over, and `InvalidInput`
        for a role that was not granted.
        """
        now = self._clock()
        with self._store.write() as session:
            lock_person(session, session.exec(owner_of(token)).first() or "")
            before = self._locked(session, token)
            if before is None or not self._may_choose(before):
                raise SignInEnded("The time to choose a role is over.")
            if role.value not in before.granted:
                raise InvalidInput(f"The role {role.value} is not yours to choose.")
            new_token = secrets.token_urlsafe(32)
            # As old as the sign-in at the provider: a change of the role makes it no younger.
            values = before.model_dump() | {"id": new_id(now), "token_hash": hash_token(new_token)}
            row = StaffSession(**values | {"role": role.value, "last_seen_at": now})
            self._end(session, before, EndReason.REPLACED)
            session.add(row)
            self._audit.append(session, whose(row), "sign_in", of=("session", row.id))
        return new_token

    def choices(self, token: str) -> list[Role]:
        """The roles that whoever has the cookie `token` may choose from now; empty for none."""
        with self._store.read() as session:
            row = session.exec(with_token(token)).first()
        if row is None or not self._may_choose(row):
            return []
        # What is no role of this program, as after a return to an older version, is no choice.
        return [role for role in Role if role.value in row.granted]

    def refuse(self, member: StaffMember, why: str, browser: Browser) -> None:
        """Note that somebody whom the provider knows may not sign in here; their sessions end."""
        stranger = Stranger(member.id, member.name, browser.address)
        with self._store.write() as session:
            details = {"why": why}
            self._end_before(session, member.id, [])
            self._audit.append(session, stranger, "sign_in", outcome="refused", details=details)

    def touch(self, token: str) -> None:
        """Keep that the person has just done something; a session that is over stays over."""
        now = self._clock()
        row = self._sessions.find(token)
        often = min(_SEEN_EVERY, self._sessions.limits.max_idle / 10)
        if row is None or now - row.last_seen_at < often:
            return
        with self._store.write() as session:
            locked = lock_session(session, row.id)
            if locked is not None and self._sessions.is_alive(locked):
                locked.last_seen_at = now
                session.add(locked)

    def sign_out(self, token: str) -> str | None:
        """End the session of a cookie; answers the ID token for the sign-out at the provider."""
        with self._store.write() as session:
            secret = self._end_token(session, token, EndReason.SIGN_OUT)
        return self._vault.decrypt(secret).decode() if secret else None

    def end_at_provider(self, issuer: str, *, subject: str | None, sid: str | None) -> int:
        """End the sessions that the provider says are over; answers how many were not yet.

        `sid` names one session of the provider; without it all sessions of `subject` end.
        """
        wanted = open_rows().where(col(StaffSession.issuer) == issuer)
        if sid:
            wanted = wanted.where(col(StaffSession.provider_session) == sid)
        if subject:
            wanted = wanted.where(col(StaffSession.subject) == subject)
        if not (sid or subject):
            return 0
        with self._store.write() as session:
            lock_person(session, staff_id(issuer, subject or ""))
            rows = self._lock(session, wanted)
            for row in rows:
                self._end(session, row, EndReason.PROVIDER)
        return len(rows)

    def open_sessions(self, actor: Actor) -> list[OpenSession]:
        """The sessions that have not ended, newest first; raises `NotPermitted`."""
        self._audit.require(actor, Permission.STAFF_SESSIONS)
        self._audit.look(actor, "sessions.view")
        newest = open_rows().where(col(StaffSession.role).is_not(None))
        newest = newest.order_by(col(StaffSession.created_at).desc()).limit(_MOST_SHOWN)
        with self._store.read() as session:
            rows = session.exec(newest).all()
        return [shown(row) for row in rows if self._sessions.is_alive(row)]

    def revoke(self, actor: Actor, session_id: str) -> None:
        """End one session, and what runs in its name; raises `NotPermitted` and `NotInLog`."""
        self._audit.require(actor, Permission.STAFF_SESSIONS)
        with self._store.write() as session:
            row = lock_session(session, session_id)
            if row is None:
                raise NotInLog("There is no such sign-in.")
            self._end(session, row, EndReason.REVOKED, actor)

    def revoke_person(self, actor: Actor, staff_id: str) -> int:
        """End all sessions of a member of the staff, and whatever still runs in their name.

        Answers how many sessions were open. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.STAFF_SESSIONS)
        with self._store.write() as session:
            lock_person(session, staff_id)
            rows = self._lock(session, not_revoked(staff_id))
            were_open = sum(row.ended_at is None and self._sessions.is_alive(row) for row in rows)
            for row in rows:
                self._end(session, row, EndReason.REVOKED, actor)
        return were_open

    def sweep(self) -> int:
        """Write down which sessions have passed a limit; answers how many.

        They have been over from that moment on; this only keeps it, for those who read the list.
        """
        limits, now = self._sessions.limits, self._clock()
        over = or_(
            col(StaffSession.created_at) <= now - limits.max_age,
            col(StaffSession.last_seen_at) <= now - limits.max_idle,
        )
        with self._store.write() as session:
            rows = self._lock(session, open_rows().where(over).limit(_MOST_SWEPT))
            for row in rows:
                self._end(session, row, limit_passed(row, limits, now) or EndReason.IDLE)
        return len(rows)

    def _end_before(
        self, session: Session, staff_id: str, granted: list[str], replaces: str = ""
    ) -> None:
        """End what a new sign-in ends: the browser's session of before, and lost roles."""
        lock_person(session, staff_id)
        replaced = hash_token(replaces) if replaces else None
        is_open, role = col(StaffSession.ended_at).is_(None), col(StaffSession.role)
        theirs = and_(
            col(StaffSession.staff_id) == staff_id,
            col(StaffSession.revoked_at).is_(None),
            or_(is_open, role.not_in(granted)),
        )
        wanted = select(StaffSession).where(or_(col(StaffSession.token_hash) == replaced, theirs))
        for row in self._lock(session, wanted):
            if row.staff_id == staff_id:
                # Nor may a lost role be chosen in a session that stays open.
                row.granted = [name for name in row.granted if name in granted]
                session.add(row)
            if row.staff_id == staff_id and row.role not in (*granted, None):
                self._end(session, row, EndReason.ROLE_LOST)
            elif row.token_hash == replaced:
                self._end(session, row, EndReason.REPLACED)

    def _end_token(self, session: Session, token: str, reason: EndReason) -> bytes | None:
        row = self._locked(session, token)
        if row is None or row.ended_at is not None:
            return None
        secret = row.id_token
        self._end(session, row, reason)
        return secret

    def _end(
        self, session: Session, row: StaffSession, reason: EndReason, by: Actor | None = None
    ) -> None:
        """End a session once; a revocation also counts for one that is over already."""
        now = self._clock()
        if reason in (EndReason.REVOKED, EndReason.ROLE_LOST):
            row.revoked_at = row.revoked_at or now
        if row.ended_at is None:
            row.ended_at, row.end_reason, row.id_token = now, reason.value, None
            details = {"why": reason.value, "whose": row.staff_id}
            who, of = by or whose(row), ("session", row.id)
            self._audit.append(session, who, "session.end", of=of, details=details)
        session.add(row)

    def _lock(
        self, session: Session, wanted: SelectOfScalar[StaffSession]
    ) -> Sequence[StaffSession]:
        # In one order, so that two who end several sessions at once do not wait for each other.
        return session.exec(wanted.order_by(col(StaffSession.id)).with_for_update()).all()

    def _locked(self, session: Session, token: str) -> StaffSession | None:
        return session.exec(with_token(token).with_for_update()).first() if token else None

    def _may_choose(self, row: StaffSession) -> bool:
        """Whether a role may be chosen: for the first time soon, or in a session that lasts."""
        in_time = row.role is not None or self._clock() - row.created_at < _CHOICE_LASTS
        return in_time and len(row.granted) > 1 and self._sessions.is_alive(row)
