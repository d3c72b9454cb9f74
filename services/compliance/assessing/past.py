"""Queries that are due because of the time, and those from before the assessor was there."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import tuple_
from sqlmodel import Session, col, select, update

from services.compliance.assessing.marks import PAST, Mark, read_mark
from services.store.tables import Assessment, NetworkQuery

_MOST_AT_ONCE = 50
_DONE = 1
"""The number of the mark once the oldest query is judged."""


def due_queries(session: Session, now: datetime) -> Sequence[str]:
    """Queries whose evidence the time may have changed, those that wait longest first."""
    wanted = select(Assessment.subject).where(col(Assessment.due_at) <= now)
    return session.exec(wanted.order_by(col(Assessment.due_at)).limit(_MOST_AT_ONCE)).all()


def put_off(session: Session, query_ids: Collection[str], until: datetime) -> None:
    """Try queries again at `until` whose rows could not be read, so that the others get on."""
    if query_ids:
        due = update(Assessment).where(col(Assessment.subject).in_(sorted(query_ids)))
        session.exec(due.values(due_at=until))


def next_past(session: Session) -> tuple[Sequence[str], Mark] | None:
    """The next queries of the past, the newest first, and the mark behind them; None at its end."""
    mark = read_mark(session, PAST)
    if mark.seq == _DONE:
        return None
    at, query_id = col(NetworkQuery.submitted_at), col(NetworkQuery.id)
    wanted = select(NetworkQuery).order_by(at.desc(), query_id.desc()).limit(_MOST_AT_ONCE)
    if mark.at is not None:
        wanted = wanted.where(tuple_(at, query_id) < tuple_(mark.at, mark.key))
    rows = session.exec(wanted).all()
    if not rows:
        return [], Mark(PAST, _DONE)
    return [row.id for row in rows], Mark(PAST, 0, rows[-1].submitted_at, rows[-1].id)
