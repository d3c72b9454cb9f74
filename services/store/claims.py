"""Taking the next due row out of line, so that several processes can share work."""

from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from services.store.tables import NetworkQuery, RecordRequest

Due = TypeVar("Due", NetworkQuery, RecordRequest)


def claim_due(session: Session, table: type[Due], now: datetime, until: datetime) -> str | None:
    """The id of the row that is due longest, put back in line for `until`; None where none is due.

    If whoever claimed it stops, it is due again then. PostgreSQL skips rows that another process
    is claiming at this moment; SQLite's writers queue up.
    """
    wanted = select(table).where(col(table.next_check_at) <= now)
    wanted = wanted.order_by(col(table.next_check_at)).limit(1)
    row = session.exec(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.next_check_at = until
    session.add(row)
    return row.id
