"""Legal holds for the staff, and what the last purge did.

A hold keeps what is about a person, or everybody's rows of some days, from every purge and from
erasure, until it is lifted. Lifted ones stay in the history for as long as the log is kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from services.clock import Clock
from services.compliance.retention.purge import PURGE, Keeps, read_end
from services.errors import InvalidInput, NotInLog
from services.ids import new_id
from services.pasted_ids import id_filter
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import OTHER_REASON, Grounds
from services.store import Store, lock_holds
from services.store.tables import AuditEvent, LegalHold

HOLD_REASONS = (
    "Litigation",
    "Inquiry of an authority",
    "Suspected breach",
    "Complaint",
    OTHER_REASON,
)
"""Why something must be kept whatever its age."""

LIFT_REASONS = ("The matter is closed", "Set by mistake", OTHER_REASON)
"""Why a hold is not needed any more."""

_MOST_LIFTED = 200

_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
"""Around the days of a hold others are added, and no calendar goes on for ever."""


@dataclass(frozen=True)
class HoldRequest:
    """What to hold: a person, days (UTC, both included), or a person's rows of these days."""

    patient_id: str | None = None
    since: date | None = None
    until: date | None = None

    def checked(self) -> "HoldRequest":
        """The same with a bare id; raises `InvalidInput` where it says nothing or is no period."""
        if complaints := self._complaints():
            raise InvalidInput("Some fields need another look.", complaints)
        return HoldRequest(id_filter(self.patient_id), self.since, self.until)

    def _complaints(self) -> dict[str, str]:
        if (self.since is None) != (self.until is None):
            missing = "since" if self.since is None else "until"
            return {missing: "Choose both days, or none."}
        if self.since and self.until and self.since > self.until:
            return {"until": "The last day is before the first."}
        if self.since and self.until and not (self.since >= _FIRST and self.until <= _LAST):
            return {"since": f"Choose days between {_FIRST} and {_LAST}."}
        if not (self.patient_id or "").strip() and self.since is None:
            return {"patient": "Name a person, or choose days."}
        return {}


@dataclass(frozen=True)
class LastPurge:
    """When a purge last came to its end, and what the last one that found something took (UTC).

    `rows` counts by table, `began_at` and `took_at` are its first and last transaction; both None
    where none has taken anything.
    """

    ended_at: datetime | None
    began_at: datetime | None
    took_at: datetime | None
    rows: Counter[str]


@dataclass(frozen=True)
class RetentionState:
    """What the page shows: the settings, the last purge, holds in force and lifted ones."""

    keeps: Keeps
    last: LastPurge
    holds: Sequence[LegalHold]
    lifted: Sequence[LegalHold]


class Retention:
    """Owns the table `legal_hold`."""

    def __init__(self, store: Store, audit: Audit, clock: Clock, keeps: Keeps) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self.keeps = keeps

    def read(self, actor: Actor) -> RetentionState:
        """How retention stands; raises `NotPermitted`."""
        self._audit.require(actor, Permission.RETENTION_HOLD)
        self._audit.look(actor, "retention.view")
        with self._store.read() as session:
            return RetentionState(
                self.keeps, _read_last(session), _holds(session), _lifted(session)
            )

    def set_hold(self, actor: Actor, request: HoldRequest, grounds: Grounds) -> LegalHold:
        """Hold it from now on. Raises `NotPermitted`, and `InvalidInput` for what says nothing."""
        # Before anything is noted: somebody may have entered a name for the id.
        request = request.checked()
        self._audit.require(actor, Permission.RETENTION_HOLD, request.patient_id)
        _check(grounds, HOLD_REASONS)
        now = self._clock()
        hold = LegalHold(
            id=new_id(now),
            patient_id=request.patient_id,
            since=request.since,
            until=request.until,
            reason=grounds.reason,
            ticket=grounds.ticket or None,
            set_at=now,
            set_by_id=actor.id,
            set_by=actor.name,
        )
        with self._store.write() as session:
            lock_holds(session)
            session.add(hold)
            self._note(session, actor, "retention.hold", hold, grounds)
        return hold

    def lift_hold(self, actor: Actor, hold_id: str, grounds: Grounds) -> None:
        """Lift a hold: what it kept goes with the next purge, unless another one keeps it.

        One that is lifted already stays as it is. Raises `NotPermitted`, `NotInLog`, and
        `InvalidInput` for grounds that are none.
        """
        self._audit.require(actor, Permission.RETENTION_HOLD)
        _check(grounds, LIFT_REASONS)
        with self._store.write() as session:
            lock_holds(session)
            hold = session.get(LegalHold, hold_id, with_for_update=True)
            if hold is None:
                raise NotInLog("The log has no hold with this id.")
            if hold.lifted_at is not None:
                return
            hold.lifted_at = self._clock()
            hold.lifted_by_id, hold.lifted_by = actor.id, actor.name
            hold.lifted_reason, hold.lifted_ticket = grounds.reason, grounds.ticket or None
            session.add(hold)
            self._note(session, actor, "retention.lift", hold, grounds)

    def _note(
        self, session: Session, actor: Actor, action: str, hold: LegalHold, grounds: Grounds
    ) -> None:
        days = {"since": hold.since, "until": hold.until}
        self._audit.append(
            session,
            actor,
            action,
            patient_id=hold.patient_id,
            of=("legal_hold", hold.id),
            grounds=grounds,
            details={name: str(day) for name, day in days.items() if day} or None,
        )


def _check(grounds: Grounds, reasons: Sequence[str]) -> None:
    if complaints := grounds.complaints(reasons):
        raise InvalidInput("Some fields need another look.", complaints)


def _holds(session: Session) -> Sequence[LegalHold]:
    wanted = select(LegalHold).where(col(LegalHold.lifted_at).is_(None))
    return session.exec(wanted.order_by(col(LegalHold.set_at).desc())).all()


def _lifted(session: Session) -> Sequence[LegalHold]:
    wanted = select(LegalHold).where(col(LegalHold.lifted_at).is_not(None))
    return session.exec(wanted.order_by(col(LegalHold.lifted_at).desc()).limit(_MOST_LIFTED)).all()


def _read_last(session: Session) -> LastPurge:
    newest = select(AuditEvent).where(col(AuditEvent.action) == PURGE)
    last = session.exec(newest.order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    if last is None:
        return LastPurge(read_end(session), None, None, Counter())
    same: Any = select(AuditEvent.at, AuditEvent.details).where(
        col(AuditEvent.object_id) == last.object_id, col(AuditEvent.action) == PURGE
    )
    rows: Counter[str] = Counter()
    began_at = last.at
    for at, details in session.exec(same).all():
        began_at = min(began_at, at)
        rows.update((details or {}).get("rows", {}))
    return LastPurge(read_end(session), began_at, last.at, rows)
