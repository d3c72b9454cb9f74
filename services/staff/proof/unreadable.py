"""Reads the events of the access log, also where somebody put in what no column should hold.

SQLite keeps whatever it is given in any column: a text that is no time, no JSON, or no text at all.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from services.staff.proof.damage import Damage, DoesNotFit
from services.store.audit_chain import Event, read_stretch
from services.store.tables import AuditEvent

UNREADABLE = (ValueError, TypeError)
"""What reading, comparing or hashing raises where a value is of another kind than it should be."""

_LAST = 2**63 - 1


def read_events(session: Session) -> Iterator[Sequence[Event]]:
    """All events by number, some thousands at a time.

    Raises `DoesNotFit` for an event that cannot be read, after those that stand before it.
    """
    after = -_LAST
    try:
        for rows in read_stretch(session, after, _LAST):
            yield rows
            after = rows[-1]["seq"]
    except (*UNREADABLE, OperationalError):
        yield from _read_singly(session, after)
        # Each of them can be read, so it was something else.
        raise


def name_unreadable(seq: int) -> DoesNotFit:
    """The event `seq` holds something that this program never writes."""
    text = f"Event {seq} was changed after it was written: a value of it cannot be read."
    return DoesNotFit(seq, Damage.CHANGED, text)


def name_unreadable_proof(seq: int) -> DoesNotFit:
    """What is signed about the log, its head, or its index of persons cannot be read."""
    text = (
        f"An anchor, a seal, the head or the index of persons was changed: a value of it cannot be "
        f"read. Up to event {seq} the log was verified."
    )
    return DoesNotFit(seq, Damage.FORGED, text)


def _read_singly(session: Session, after: int) -> Iterator[Sequence[Event]]:
    behind = select(AuditEvent.seq).where(col(AuditEvent.seq) > after)
    # As many as one piece of the reading that failed may have had, and more.
    for seq in session.exec(behind.order_by(col(AuditEvent.seq)).limit(10_000)).all():
        yield from _read_one(session, seq)


def _read_one(session: Session, seq: int) -> list[Sequence[Event]]:
    try:
        return list(read_stretch(session, seq - 1, seq))
    except UNREADABLE:
        raise name_unreadable(seq) from None
    except OperationalError as error:
        if _is_no_text(error.orig):
            raise name_unreadable(seq) from None
        raise


def _is_no_text(error: Any) -> bool:
    # The driver has no class of its own for a text that is not UTF-8.
    return "decode" in str(error)
