"""How far the assessor has read, and whose turn it is to write.

Several processes may judge at the same time, each on a snapshot of its own. Whoever writes takes
the turn: its number must be the one that was there when the judging began. So what was judged on an
older snapshot never replaces what was judged on a newer one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from services.store.tables import WorkMark

TURN, CHANGES, LOOKS, PAST = (
    "assessor turn",
    "assessor changes",
    "assessor looks",
    "assessor past",
)


@dataclass(frozen=True)
class Mark:
    """How far something was read; the fields are those of `WorkMark`."""

    name: str
    seq: int = 0
    at: datetime | None = None
    key: str = ""

    def moved(self, **to: object) -> "Mark":
        """The mark at another place."""
        return replace(self, **to)  # type: ignore[arg-type]


def read_mark(session: Session, name: str) -> Mark:
    """Where a mark stands; at the beginning where nobody has set it yet."""
    row = session.get(WorkMark, name)
    return Mark(name, row.seq, row.at, row.key) if row else Mark(name)


def take_turn(session: Session, turn: int) -> bool:
    """Make every other process wait until this transaction ends; False if one was faster."""
    row = session.get(WorkMark, TURN, with_for_update=True)
    if row is None:
        row = WorkMark(name=TURN)
    if row.seq != turn:
        return False
    row.seq += 1
    session.add(row)
    session.flush()
    return True


def set_mark(session: Session, mark: Mark) -> None:
    """Keep where a mark stands; the caller has the turn."""
    row = session.get(WorkMark, mark.name) or WorkMark(name=mark.name)
    row.seq, row.at, row.key = mark.seq, mark.at, mark.key
    session.add(row)
