"""Who used the program, who looked at records, and whether the access log is whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from services.compliance.reports.period import Period
from services.staff.access_log.acts import act_of
from services.staff.access_log.filters import AccessFilters
from services.staff.access_log.log import REFUSED
from services.staff.proof.anchors import head_of
from services.staff.proof.signing import SigningKeys
from services.store.audit_chain import read_head
from services.store.tables import AuditAnchor, AuditEvent, AuditSegment, RecordLook

MOST_LOOKS = 100
"""Looks at records that a report lists; there are few, and all are counted."""

_OTHER = "other"


@dataclass
class Access:
    """Events of the period by role and permission, the refused ones apart.

    `members` counts, for each role, who used it.
    """

    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Looks:
    """Looks at fetched records (break-glass): how many of each act, how many nobody has reviewed
    yet, and the newest."""

    by_act: dict[str, int]
    unseen: int
    newest: Sequence[RecordLook]

    @property
    def number(self) -> int:
        """How many there were."""
        return sum(self.by_act.values())


@dataclass(frozen=True)
class ChainState:
    """What proves the access log now. Times are UTC.

    `anchor_is_valid` is None without an anchor. `verified` is the newest verification of the whole
    log, by whom and with which outcome.
    """

    head_seq: int
    head_hash: str
    anchor: AuditAnchor | None
    anchor_is_valid: bool | None
    seals: int
    sealed_until: datetime | None
    purged: int
    verified: AuditEvent | None


def read_access(session: Session, period: Period) -> Access:
    """The counts; one grouped statement over the events of the period."""
    columns = (
        col(AuditEvent.role),
        col(AuditEvent.actor_id),
        col(AuditEvent.action),
        col(AuditEvent.outcome),
    )
    wanted = AccessFilters(since=period.start, until=period.end).select(session)
    grouped = wanted.with_only_columns(*columns, func.count()).group_by(*columns)
    access, seen = Access(), set()
    for role, actor_id, action, outcome, number in session.connection().execute(grouped):
        permission = act_of(action).permission
        counts = access.refused if outcome in REFUSED else access.used
        counts[role, permission.value if permission else _OTHER] += number
        seen.add((role, actor_id))
    access.members = Counter(role for role, _ in seen)
    return access


def read_looks(session: Session, period: Period) -> Looks:
    """The looks of the period; raises nothing where there are none."""
    at = col(RecordLook.at)
    within: Any = (at >= period.start, at < period.end)
    counted = select(RecordLook.act, func.count()).where(*within).group_by(col(RecordLook.act))
    unseen = select(func.count()).select_from(RecordLook)
    newest = select(RecordLook).where(*within).order_by(at.desc()).limit(MOST_LOOKS)
    return Looks(
        by_act=dict(session.exec(counted).all()),
        unseen=session.exec(unseen.where(*within, col(RecordLook.seen_at).is_(None))).one(),
        newest=session.exec(newest).all(),
    )


def read_chain(session: Session, keys: SigningKeys) -> ChainState:
    """What proves the access log as this snapshot has it; recomputes nothing."""
    head = read_head(session)
    newest = select(AuditAnchor).order_by(col(AuditAnchor.id).desc()).limit(1)
    anchor = session.exec(newest).first()
    sealed = select(
        func.count(), func.max(AuditSegment.last_at), func.count(col(AuditSegment.purged_at))
    )
    seals, sealed_until, purged = session.exec(sealed).one()
    verified = select(AuditEvent).where(col(AuditEvent.action) == "audit.verify")
    return ChainState(
        head_seq=head.seq,
        head_hash=head.hash,
        anchor=anchor,
        anchor_is_valid=head_of(anchor).is_valid(keys) if anchor else None,
        seals=seals,
        sealed_until=sealed_until,
        purged=purged,
        verified=session.exec(verified.order_by(col(AuditEvent.seq).desc()).limit(1)).first(),
    )
