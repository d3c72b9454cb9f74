"""Claims the row that is due next, so that several processes can share the work."""

from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from services.store.tables import NetworkQuery, RecordRequest

Due = TypeVar("Due", NetworkQuery, RecordRequest)


def claim_due(session: Session, table: type[Due], now: datetime, until: datetime) -> str | None:
    """Claim the row of `table` that has been due longest; answers its id, None where none is due.

    The row is due again at `until`, in case the process that claimed it dies. Works inside the
    caller's transaction, whose commit makes the claim visible to others.
    """
    wanted = select(table).where(col(table.next_check_at) <= now)
    wanted = wanted.order_by(col(table.next_check_at)).limit(1)
    # PostgreSQL skips a row that another process is claiming now. SQLite needs no lock: there the
    # whole transaction waits until the other one has committed.
    row = session.exec(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.next_check_at = until
    session.add(row)
    return row.id
