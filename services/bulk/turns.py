"""Whose query is started next: the first waiting person of the oldest run that may go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from services.bulk.runs import RUNNING, WAITING
from services.metriport.schemas import Sources
from services.queries.requests import TreatmentRequest
from services.staff.permissions import Actor, Role
from services.store.tables import BulkItem, BulkRun


@dataclass(frozen=True)
class Turn:
    """One person of a run, as the log had them when their turn came.

    Another machine may work it off meanwhile: `lock_turn` tells whether it still stands.
    """

    run_id: str
    item_id: int
    query_id: str
    actor: Actor
    request: TreatmentRequest


class UnreadableRun(Exception):
    """A run holds what this program cannot use: a role or sources that it does not know."""

    def __init__(self, run_id: str, why: Exception) -> None:
        super().__init__(run_id)
        self.run_id = run_id
        self.why = why


def next_turn(session: Session, now: datetime) -> Turn | None:
    """The next person's turn at `now`, None where nobody's has come. Raises `UnreadableRun`."""
    run = session.exec(_oldest_run(now)).first()
    if run is None:
        return None
    # Somebody waits: the read is one snapshot of the log, and the run was found by that.
    item = session.exec(_waiting_in(run.id).order_by(col(BulkItem.id)).limit(1)).one()
    try:
        role = Role(run.role)
        actor = Actor(run.created_by_id, run.created_by, role, run.session_id, mandate=run.id)
        sources = Sources.model_validate(run.sources)
    except ValueError as error:
        raise UnreadableRun(run.id, error) from None
    request = TreatmentRequest(
        item.patient_id, run.facility_id, sources, run.reason, run.ticket or ""
    )
    assert item.id is not None, "a row that was read has its key"
    return Turn(run.id, item.id, item.query_id, actor, request)


def lock_turn(session: Session, turn: Turn) -> tuple[BulkItem, BulkRun] | None:
    """The rows of a turn, for this transaction alone; None where it was worked off meanwhile.

    Two machines may have read the same turn. The second one to end it changes nothing: it would
    count one outage twice, or undo a pause that has begun since.
    """
    # Every writer locks the item before its run, so that no two wait for each other.
    item = session.get_one(BulkItem, turn.item_id, with_for_update=True)
    # A setback gives the item another query id; anything else ends its waiting.
    if (item.status, item.query_id) != (WAITING, turn.query_id):
        return None
    return item, session.get_one(BulkRun, turn.run_id, with_for_update=True)


def somebody_waits(session: Session, run_id: str) -> bool:
    """Whether a run has people whose turn has not come."""
    return session.exec(_waiting_in(run_id).limit(1)).first() is not None


def _oldest_run(now: datetime) -> Any:
    """By the time at which it was begun: its id was made when its list was checked."""
    # Runs first and then one item of theirs: joined, the database would walk every item of old
    # runs to find the first that waits.
    waits = _waiting_in(BulkRun.id).exists()
    may_go_on = or_(col(BulkRun.not_before).is_(None), col(BulkRun.not_before) <= now)
    wanted = select(BulkRun).where(col(BulkRun.status) == RUNNING, may_go_on, waits)
    return wanted.order_by(col(BulkRun.created_at), col(BulkRun.id)).limit(1)


def _waiting_in(run_id: Any) -> Any:
    return select(BulkItem).where(col(BulkItem.run_id) == run_id, col(BulkItem.status) == WAITING)
