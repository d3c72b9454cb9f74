"""Who has looked at fetched records (break-glass), and whether a reviewer has seen it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.errors import NotInLog, NotPermitted
from services.ids import new_id
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import OTHER_REASON, Grounds
from services.store import Store
from services.store.tables import RecordLook, RecordRequest

RECORD_REASONS = (
    "The person asked for a copy",
    "The person says that records are missing or wrong",
    "Records of two people may be mixed up",
    "Complaint or investigation",
    "Metriport asks for it",
    OTHER_REASON,
)
"""Why somebody looks at fetched records."""

MOST_SHOWN = 50
"""So many of the looks that wait for a reviewer are read at a time."""


class LookAct(StrEnum):
    """What was asked for: the list of the resources, or the whole bundle as a file."""

    LIST = "list"
    DOWNLOAD = "download"


ACTIONS = {LookAct.LIST: "records.view", LookAct.DOWNLOAD: "records.download"}
"""The action of the access log for each."""


@dataclass(frozen=True)
class UnseenLooks:
    """The looks that wait for a reviewer, oldest first, at most `MOST_SHOWN`; `total` are all."""

    rows: Sequence[RecordLook]
    total: int


class RecordLooks:
    """Owns the table `record_look`, which `write_look` adds to before the records are read."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def unseen(self, actor: Actor) -> UnseenLooks:
        """The looks that no reviewer has seen yet; raises `NotPermitted`."""
        self._audit.require(actor, Permission.IAS_AUDIT)
        self._audit.look(actor, "record_looks.view")
        waiting = col(RecordLook.seen_at).is_(None)
        with self._store.read() as session:
            oldest_first = select(RecordLook).where(waiting).order_by(col(RecordLook.at))
            rows = session.exec(oldest_first.limit(MOST_SHOWN)).all()
            total = session.exec(select(func.count()).where(waiting)).one()
        return UnseenLooks(rows, total)

    def mark_seen(self, actor: Actor, look_ids: Collection[str]) -> int:
        """Note that a reviewer has seen these looks; answers how many of them nobody had before.

        Nobody marks a look of their own: with one among them nothing is marked, `NotPermitted` is
        raised, and the attempt noted. Raises `NotInLog` for an id of none.
        """
        self._audit.require(actor, Permission.IAS_REVIEW)
        with self._store.write() as session:
            looks = [_read_look(session, look_id) for look_id in sorted(set(look_ids))]
            own = [look for look in looks if look.actor_id == actor.id]
            marked = [] if own else [look for look in looks if look.seen_at is None]
            for look in marked:
                self._mark(session, actor, look)
        for look in own:
            self._note(actor, look)
        if own:
            raise NotPermitted("Nobody reviews their own looks at records: somebody else must.")
        return len(marked)

    def _mark(self, session: Session, actor: Actor, look: RecordLook) -> None:
        look.seen_at, look.seen_by_id, look.seen_by = self._clock(), actor.id, actor.name
        session.add(look)
        self._audit.append(
            session,
            actor,
            "record_looks.seen",
            patient_id=look.patient_id,
            of=("record_look", look.id),
        )

    def _note(self, actor: Actor, look: RecordLook) -> None:
        self._audit.note(
            actor,
            "record_looks.seen",
            outcome="denied",
            patient_id=look.patient_id,
            of=("record_look", look.id),
        )


def write_look(
    session: Session,
    actor: Actor,
    act: LookAct,
    request: RecordRequest,
    grounds: Grounds,
    now: datetime,
) -> RecordLook:
    """Add the row of a look that is about to be made, to the transaction of its event."""
    look = RecordLook(
        id=new_id(now),
        patient_id=request.patient_id,
        record_request_id=request.id,
        act=act.value,
        actor_id=actor.id,
        actor=actor.name,
        reason=grounds.reason,
        ticket=grounds.ticket or None,
        at=now,
    )
    session.add(look)
    return look


def mark_failed(session: Session, look_id: str) -> None:
    """Note that no records came, so that nothing was seen."""
    look = session.get_one(RecordLook, look_id, with_for_update=True)
    look.failed = True
    session.add(look)


def _read_look(session: Session, look_id: str) -> RecordLook:
    look = session.get(RecordLook, look_id, with_for_update=True)
    if look is None:
        raise NotInLog("The log holds no look with this id.")
    return look
