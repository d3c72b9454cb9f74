"""The access log for those who watch over it: a list, one event, and who saw a person.

Looking at the access log is itself an event of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from services.errors import NotInLog
from services.ids import checked_id
from services.staff.access_log.filters import AccessFilters
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.lists.paging import Page, read_numbered_page
from services.store.tables import AuditEvent, AuditSubject

REFUSED = ("denied", "ended")
"""The outcomes of an attempt that the program did not allow."""

AccessPage = Page[AuditEvent]


@dataclass(frozen=True)
class AccessChoices:
    """What the filters can be set to: shown names by stable id, actions and outcomes."""

    staff: Mapping[str, str]
    actions: Sequence[str]
    outcomes: Sequence[str]


@dataclass(frozen=True)
class Looker:
    """Somebody who saw a person or did something about them, and how often; times are UTC.

    `refused` of the `times` were attempts that were not allowed.
    """

    actor_id: str
    name: str
    role: str
    times: int
    refused: int
    first_at: datetime
    last_at: datetime


class AccessLog:
    """Reads the table `audit_event`; changes nothing but what its own looks append."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def search(
        self,
        actor: Actor,
        filters: AccessFilters,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> AccessPage:
        """One page of the log; `cursor` is that of the page before.

        Raises `NotPermitted`, and `InvalidInput` for a text that is no cursor, or for a filter that
        is no id.
        """
        # Before anything is noted: the address may have a name there.
        filters = filters.checked()
        self._audit.require(actor, Permission.ACCESS_LOG, filters.patient_id)
        self._audit.look(
            actor, "access_log.search", patient_id=filters.patient_id, details=filters.summary()
        )
        with self._store.read() as session:
            wanted = filters.select(session)
            return read_numbered_page(session, wanted, filters.order, cursor, oldest_first)

    def open(self, actor: Actor, seq: int) -> AuditEvent:
        """One event; raises `NotPermitted` and `NotInLog`."""
        self._audit.require(actor, Permission.ACCESS_LOG)
        with self._store.read() as session:
            event = session.get(AuditEvent, seq)
        if event is None:
            raise NotInLog("The access log has no event of this number.")
        of = ("event", str(seq))
        self._audit.look(actor, "access_log.view", patient_id=event.patient_id, of=of)
        return event

    def choices(self, actor: Actor) -> AccessChoices:
        """What the filters can be set to: only what the log holds. Raises `NotPermitted`."""
        self._audit.require(actor, Permission.ACCESS_LOG)
        with self._store.read() as session:
            staff = {one: _newest_name(session, one) for one in _values(session, "actor_id")}
            actions, outcomes = _values(session, "action"), _values(session, "outcome")
        by_name = sorted(staff.items(), key=lambda item: item[1].casefold())
        return AccessChoices(dict(by_name), actions, outcomes)

    def last_of(self, actor: Actor, action: str) -> AuditEvent | None:
        """The newest event of an action, or None; raises `NotPermitted`."""
        self._audit.require(actor, Permission.ACCESS_LOG)
        newest = select(AuditEvent).where(col(AuditEvent.action) == action)
        with self._store.read() as session:
            return session.exec(newest.order_by(col(AuditEvent.seq).desc()).limit(1)).first()

    def who_saw(self, actor: Actor, patient_id: str) -> list[Looker]:
        """Everybody who saw a person, or did something about them, whoever was last first.

        Raises `NotPermitted`, and `UpstreamNotFound` for what is no patient id.
        """
        self._audit.require(actor, Permission.ACCESS_LOG, patient_id)
        # The same look as that of the list, so that a page with both leaves one event.
        filters = AccessFilters(patient_id=checked_id(patient_id))
        self._audit.look(
            actor, "access_log.search", patient_id=patient_id, details=filters.summary()
        )
        with self._store.read() as session:
            return _read_lookers(session, patient_id)


def _values(session: Session, column: str) -> list[str]:
    return distinct_values(session, col(getattr(AuditEvent, column)))


def _newest_name(session: Session, actor_id: str) -> str:
    """The name that somebody had at their newest event; names change, ids do not."""
    newest = select(AuditEvent.actor).where(col(AuditEvent.actor_id) == actor_id)
    return session.exec(newest.order_by(col(AuditEvent.seq).desc()).limit(1)).one()


def _read_lookers(session: Session, patient_id: str) -> list[Looker]:
    refused = func.sum(case((col(AuditEvent.outcome).in_(REFUSED), 1), else_=0))
    newest = func.max(col(AuditEvent.seq))
    grouped = (
        select_columns(
            newest,
            func.count(),
            refused,
            func.min(col(AuditEvent.at)),
            func.max(col(AuditEvent.at)),
        )
        .join(AuditSubject, col(AuditSubject.seq) == col(AuditEvent.seq))
        .where(col(AuditSubject.patient_id) == patient_id)
        .group_by(col(AuditEvent.actor_id))
        .order_by(newest.desc())
    )
    return [_looker(session, *row) for row in session.connection().execute(grouped)]


def _looker(
    session: Session, newest: int, times: int, refused: int, first: datetime, last: datetime
) -> Looker:
    event = session.get_one(AuditEvent, newest)
    return Looker(event.actor_id, event.actor, event.role, times, refused, first, last)
