"""Staff sessions: who is signed in, in which role, and until when.

A session is a row; the browser's cookie carries a random id that is kept as a hash only.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.clock import Clock
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import StaffSession

COOKIE = "access_desk"
"""The name of the cookie that carries a session's random id."""

HOST_COOKIE = f"__Host-{COOKIE}"
"""Its name where the program is reached by HTTPS: browsers then keep it to this very host."""

_CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""The clocks of several machines over one log; far more than they should."""


class EndReason(StrEnum):
    """Why a staff session ended."""

    SIGN_OUT = "sign_out"
    PROVIDER = "provider"
    """The provider says that the person signed out there (back-channel logout)."""
    REPLACED = "replaced"
    """The same browser signed in again, or changed the role."""
    IDLE = "idle"
    TOO_OLD = "too_old"
    REVOKED = "revoked"
    """An administrator ended it."""
    ROLE_LOST = "role_lost"
    """At a later sign-in the provider did not name the role any more."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a staff session lasts: altogether, and without anything that the person did."""

    max_age: timedelta
    max_idle: timedelta


@dataclass(frozen=True)
class OpenSession:
    """A session that lasts, as an administrator sees it; times are UTC."""

    id: str
    staff_id: str
    name: str
    email: str
    role: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    browser: str


@dataclass(frozen=True)
class TimeLeft:
    """How long a session still lasts: if nobody does anything, and whatever anybody does."""

    idle: timedelta
    altogether: timedelta


class StaffSessions:
    """Reads staff sessions. They are begun and ended by `services.staff.sign_in.sign_ins`."""

    def __init__(
        self, store: Store, clock: Clock, limits: SessionLimits, cookie: str = COOKIE
    ) -> None:
        self._store = store
        self._clock = clock
        self.limits = limits
        self.cookie = cookie

    def find(self, token: str) -> StaffSession | None:
        """The session, in which a role was chosen, whose cookie is `token`; None if it is over."""
        row = self._read(token)
        return row if row is not None and row.role and self.is_alive(row) else None

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """Who acts with these cookies; None where nobody is signed in by them."""
        row = self.find(cookies.get(self.cookie, ""))
        return None if row is None else actor_of(row)

    def id_of(self, token: str) -> str:
        """The id of the session whose cookie is `token`, also of one that is over; or empty."""
        row = self._read(token)
        return "" if row is None else row.id

    def ending(self, token: str) -> EndReason | None:
        """Why the session whose cookie is `token` is over; None where it lasts or never was."""
        row = self._read(token)
        if row is None:
            return None
        if row.ended_at is None:
            return limit_passed(row, self.limits, self._clock())
        return EndReason(row.end_reason) if row.end_reason in tuple(EndReason) else None

    def left(self, row: StaffSession) -> TimeLeft:
        """How long a session lasts from now on."""
        now = self._clock()
        return TimeLeft(
            idle=row.last_seen_at + self.limits.max_idle - now,
            altogether=row.created_at + self.limits.max_age - now,
        )

    def is_alive(self, row: StaffSession) -> bool:
        """Whether the session is neither ended nor over its limits now."""
        return row.ended_at is None and limit_passed(row, self.limits, self._clock()) is None

    def ended_among(self, session_ids: Collection[str]) -> set[str]:
        """Which of these sessions are over; one that is not known is."""
        wanted = select(StaffSession).where(col(StaffSession.id).in_(session_ids))
        with self._store.read() as session:
            rows = session.exec(wanted).all()
        return set(session_ids) - {row.id for row in rows if self.is_alive(row)}

    def may_act(self, actor: Actor) -> bool:
        """Whether the session of `actor` still lasts or, under a mandate, was not revoked."""
        with self._store.read() as session:
            row = session.get(StaffSession, actor.session)
        if row is None or row.staff_id != actor.id or row.role != actor.role.value:
            return False
        return row.revoked_at is None if actor.mandate else self.is_alive(row)

    def _read(self, token: str) -> StaffSession | None:
        if not token:
            return None
        with self._store.read() as session:
            return session.exec(with_token(token)).first()


def limit_passed(row: StaffSession, limits: SessionLimits, now: datetime) -> EndReason | None:
    """Which limit a session has passed at `now`; None where it has passed none."""
    if now - row.created_at >= limits.max_age or row.created_at - now > _CLOCKS_DIFFER_BY:
        # One that begins in the future was made by a clock that was wrong, by a year perhaps, and
        # would last until the right one has caught up.
        return EndReason.TOO_OLD
    return EndReason.IDLE if now - row.last_seen_at >= limits.max_idle else None


def actor_of(row: StaffSession) -> Actor | None:
    """Who acts in a session; None without a role, or in one that this program does not know."""
    if row.role not in tuple(Role):
        return None
    # What is no role of this program, as after a return to an older version, is no choice.
    has_choice = sum(role in row.granted for role in Role) > 1
    role = Role(row.role)
    return Actor(row.staff_id, row.name, role, row.id, address=row.address, has_choice=has_choice)


def lock_session(session: Session, session_id: str) -> StaffSession | None:
    """The row of a session, for this transaction alone."""
    return session.get(StaffSession, session_id, with_for_update=True)


def hash_token(token: str) -> str:
    """What is kept of a cookie's value. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def open_rows() -> SelectOfScalar[StaffSession]:
    """The sessions that were not ended, also those whose time is over."""
    return select(StaffSession).where(col(StaffSession.ended_at).is_(None))


def not_revoked(staff_id: str) -> SelectOfScalar[StaffSession]:
    """Those of one person, also ended ones: a bulk run may still go on in them."""
    return select(StaffSession).where(
        col(StaffSession.staff_id) == staff_id, col(StaffSession.revoked_at).is_(None)
    )


def with_token(token: str) -> SelectOfScalar[StaffSession]:
    """The session whose cookie is `token`."""
    return select(StaffSession).where(col(StaffSession.token_hash) == hash_token(token))


def owner_of(token: str) -> SelectOfScalar[str]:
    """The stable id of whose session has the cookie `token`.

    Whoever begins a session, or ends all of a person's, locks the person first (`lock_person`), and
    then rows: on PostgreSQL the row that another transaction makes meanwhile would be missed.
    """
    return select(StaffSession.staff_id).where(col(StaffSession.token_hash) == hash_token(token))


def shown(row: StaffSession) -> OpenSession:
    """What an administrator sees of a session."""
    names = OpenSession.__dataclass_fields__
    values: dict[str, Any] = {name: getattr(row, name) or "" for name in names}
    return OpenSession(**values)
