"""How often queries were started: by month, by outcome, and by who started them."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from services.compliance.reports.period import Period
from services.store.tables import AuditEvent, NetworkQuery

MOST_STAFF = 200
"""Members of the staff that a report names; whoever started fewer is counted with the others."""


@dataclass
class Usage:
    """Counts of queries. A month is that of its first day, as in 2026-09.

    `by_month` counts by month and purpose, `by_status` by purpose and status, `by_starter` by
    stable id (empty: another program) and purpose. `names` are the newest names of the ids.
    """

    by_month: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_status: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_starter: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)


def read_usage(session: Session, period: Period) -> Usage:
    """The counts; a grouped statement for each month."""
    usage = Usage()
    for month in period.months():
        _read_month(session, month, usage)
    usage.names = {one: _newest_name(session, one) for one in _most_active(usage) if one}
    return usage


def month_name(month: Period) -> str:
    """As in 2026-09."""
    return f"{month.since:%Y-%m}"


def _read_month(session: Session, month: Period, usage: Usage) -> None:
    columns = (
        col(NetworkQuery.purpose),
        col(NetworkQuery.status),
        col(NetworkQuery.started_by_id),
    )
    at = col(NetworkQuery.submitted_at)
    within = (at >= month.start, at < month.end)
    grouped = select_columns(*columns, func.count()).where(*within).group_by(*columns)
    for purpose, status, starter, number in session.connection().execute(grouped):
        usage.by_month[month_name(month), purpose] += number
        usage.by_status[purpose, status] += number
        usage.by_starter[starter or "", purpose] += number


def _most_active(usage: Usage) -> list[str]:
    totals: Counter[str] = Counter()
    for (starter, _), number in usage.by_starter.items():
        totals[starter] += number
    return [starter for starter, _ in totals.most_common(MOST_STAFF)]


def _newest_name(session: Session, staff_id: str) -> str:
    """The name at their newest event; names change, ids do not."""
    newest = select(AuditEvent.actor).where(col(AuditEvent.actor_id) == staff_id)
    found = session.exec(newest.order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    return found or staff_id
