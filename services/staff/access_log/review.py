"""The access review: who has which role, since when, and what they used of it.

For the yearly recertification, in which somebody says of each whether they still need the role.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.exports.cells import Cell
from services.staff.access_log.acts import act_of
from services.staff.access_log.filters import AccessFilters
from services.staff.access_log.log import REFUSED
from services.staff.audit import Audit
from services.staff.exports import Export, ListedRows
from services.staff.permissions import Actor, Permission, Role, is_granted
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.tables import AuditEvent, StaffSession

INACTIVE_AFTER = timedelta(days=90)
"""Whoever did not sign in for so long is marked: they may not need the role any more."""

_WITHOUT_PERMISSION = "other"


@dataclass(frozen=True)
class StaffAccess:
    """One member of the staff in one role. Times are UTC.

    `first_at` and `last_at` are their first and last sign-in in the role. `sessions` counts those
    of the period, `open_now` those that have not ended. `used` counts the events of the period by
    permission; `refused` are those that were not allowed. `unused` are permissions of the role of
    which nothing was used.
    """

    staff_id: str
    name: str
    email: str
    role: str
    first_at: datetime
    last_at: datetime
    sessions: int
    open_now: int
    used: Mapping[str, int]
    refused: int
    is_inactive: bool

    @property
    def unused(self) -> list[Permission]:
        """Permissions of the role that were not used in the period."""
        if self.role not in tuple(Role):
            return []
        role = Role(self.role)
        granted = (permission for permission in Permission if is_granted(role, permission))
        return [permission for permission in granted if permission.value not in self.used]


class AccessReview:
    """Reads `staff_session` and `audit_event`; changes nothing but what its look appends."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def read(self, actor: Actor, days: int) -> list[StaffAccess]:
        """Everybody who ever signed in, by name, and what they used in the last `days`.

        Its cost grows with the sessions of each and with the events of the period. Raises
        `NotPermitted`.
        """
        self._audit.require(actor, Permission.ACCESS_LOG)
        self._audit.look(actor, "access_review.view", details={"days": days})
        since = self._clock() - timedelta(days=days)
        with self._store.read() as session:
            staff = distinct_values(session, col(StaffSession.staff_id))
            rows = [row for one in staff for row in self._read_member(session, one, since)]
        return sorted(rows, key=lambda row: (row.name.casefold(), row.staff_id, row.role))

    def _read_member(
        self, session: Session, staff_id: str, since: datetime
    ) -> Iterator[StaffAccess]:
        used, refused = _read_uses(session, staff_id, since)
        name, email = _newest_name(session, staff_id)
        for role, first_at, last_at, sessions, open_now in _read_roles(session, staff_id, since):
            yield StaffAccess(
                staff_id=staff_id,
                name=name,
                email=email,
                role=role,
                first_at=first_at,
                last_at=last_at,
                sessions=sessions,
                open_now=open_now,
                used=dict(used[role].most_common()) if role in used else {},
                refused=refused[role],
                is_inactive=self._clock() - last_at >= INACTIVE_AFTER,
            )


def _newest_name(session: Session, staff_id: str) -> tuple[str, str]:
    newest = select(StaffSession).where(col(StaffSession.staff_id) == staff_id)
    row = session.exec(newest.order_by(col(StaffSession.created_at).desc()).limit(1)).one()
    return row.name, row.email or ""


def _read_roles(session: Session, staff_id: str, since: datetime) -> Sequence[Any]:
    """Each role, the first and last sign-in in it, the sessions since then, and the open ones."""
    created = col(StaffSession.created_at)
    grouped = (
        select_columns(
            col(StaffSession.role),
            func.min(created),
            func.max(created),
            func.sum(case((created >= since, 1), else_=0)),
            func.sum(case((col(StaffSession.ended_at).is_(None), 1), else_=0)),
        )
        .where(col(StaffSession.staff_id) == staff_id, col(StaffSession.role).is_not(None))
        .group_by(col(StaffSession.role))
    )
    return session.connection().execute(grouped).all()


def _read_uses(
    session: Session, staff_id: str, since: datetime
) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """How often each permission was used in each role, and how often something was refused."""
    event = AuditEvent
    wanted = AccessFilters(actor_id=staff_id, since=since).select(session)
    columns = (col(event.role), col(event.action), col(event.outcome))
    grouped = wanted.with_only_columns(*columns, func.count()).group_by(*columns)
    used: dict[str, Counter[str]] = {}
    refused: Counter[str] = Counter()
    for role, action, outcome, number in session.connection().execute(grouped):
        if outcome in REFUSED:
            refused[role] += number
        else:
            permission = act_of(action).permission
            name = permission.value if permission else _WITHOUT_PERMISSION
            used.setdefault(role, Counter())[name] += number
    return used, refused


_COLUMNS = (
    "staff_id",
    "name",
    "email",
    "role",
    "first_sign_in_utc",
    "last_sign_in_utc",
    "no_sign_in_for_90_days",
    "sessions_in_period",
    "open_sessions",
    "refused_in_period",
)


def access_review_export(rows: Sequence[StaffAccess], days: int) -> Export:
    """The review as a file: a row for each member in each role, a column for each permission."""
    permissions = [permission.value for permission in Permission]
    return Export(
        table="access_review",
        permission=Permission.ACCESS_LOG,
        columns=(*_COLUMNS, *(f"used {name}" for name in permissions), "decision", "decided_by"),
        rows=ListedRows([_cells(row, permissions) for row in rows]),
        filters={"days": days},
    )


def _cells(row: StaffAccess, permissions: Sequence[str]) -> list[Cell]:
    return [
        row.staff_id,
        row.name,
        row.email,
        row.role,
        row.first_at,
        row.last_at,
        row.is_inactive,
        row.sessions,
        row.open_now,
        row.refused,
        *(row.used.get(name, 0) for name in permissions),
        # Filled in by whoever reviews.
        None,
        None,
    ]
