"""Works off bulk runs in the background: one person after the other, as fast as upstream allows."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, or_, select

from services.bulk.runs import FAILED, FINISHED, RUNNING, STARTED, STOPPED, WAITING
from services.calls.call_log import CallLog, queries_of
from services.clock import Clock
from services.errors import AccessDeskError, KeyRefused, LogUnavailable, RateLimited
from services.ids import new_id
from services.metriport.schemas import Sources
from services.queries.requests import TreatmentRequest
from services.queries.starts import NEVER_LOOKED_AT, QueryStarts
from services.queries.status import NOT_STARTED, REJECTED, SUBMITTING
from services.queries.updates import sources_of
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import BulkItem, BulkRun

KEY_REFUSED, RATE_LIMITED = KeyRefused.kind, RateLimited.kind
_UNSEEN = frozenset(error.kind for error in NEVER_LOOKED_AT)
_KEPT_FREE = 2
"""Of each limit, so that staff can start a query by hand beside a bulk run."""

_PAUSE = timedelta(minutes=1)
_MOST_SETBACKS = 5
_KEY_REFUSED = "Metriport refused our API key. An administrator must check METRIPORT_API_KEY."
_OUT_OF_REACH = "Metriport could not be reached, again and again. Go on when it answers."


class BulkStarts:
    """Starts the queries of bulk runs.

    Each item has the id of its query from the beginning, so that an item that is tried again after
    a restart starts nothing twice. A person whose query upstream never looked at keeps their turn.
    """

    def __init__(self, store: Store, starts: QueryStarts, calls: CallLog, clock: Clock) -> None:
        self._store = store
        self._starts = starts
        self._calls = calls
        self._clock = clock

    def step(self) -> int:
        """Start the next person's query, if a run waits and the limits allow it; how many.

        Raises `LogUnavailable`; then the person's turn comes again.
        """
        with self._store.read() as session:
            found = session.exec(_next_item(self._clock())).first()
        if found is None:
            return 0
        item, run = found
        sources = Sources.model_validate(run.sources)
        if not self._is_allowed(sources):
            return 0
        return self._start(run, item, sources)

    def _start(self, run: BulkRun, item: BulkItem, sources: Sources) -> int:
        actor = Actor(run.created_by, Role(run.role))
        request = TreatmentRequest(
            item.patient_id, run.facility_id, sources, run.reason, run.ticket or ""
        )
        try:
            query = self._starts.start(actor, item.query_id, request)
        except LogUnavailable:
            raise
        except AccessDeskError as error:
            self._settle(run.id, item.id, FAILED, str(error))
            return 1
        if query.status == SUBMITTING:
            # Another machine has it on its way, or lost it: in two minutes it is unconfirmed.
            return 0
        if query.error_kind in _UNSEEN and query.status in (REJECTED, NOT_STARTED):
            self._set_back(run.id, item.id, query.error_kind)
            return 0
        limited, asked = self._limited_of(query.id)
        if limited and not asked:
            self._set_back(run.id, item.id, RATE_LIMITED)
            return 0
        self._settle(run.id, item.id, STARTED, None, pause=bool(limited))
        return 1

    def _limited_of(self, query_id: str) -> tuple[int, int]:
        """How many sources were over their limit, which is told inside a 2XX, and how many not."""
        with self._store.read() as session:
            sources = sources_of(session, query_id)
        limited = [one for one in sources if (one.status, one.error_status) == (NOT_STARTED, 429)]
        return len(limited), len(sources) - len(limited)

    def _settle(
        self, run_id: str, item_id: int | None, status: str, error: str | None, pause: bool = False
    ) -> None:
        with self._store.write() as session:
            row = session.get_one(BulkItem, item_id, with_for_update=True)
            run = session.get_one(BulkRun, run_id, with_for_update=True)
            row.status, row.error, run.setbacks = status, error, 0
            run.not_before = self._clock() + _PAUSE if pause else None
            session.add_all([row, run])
            session.flush()
            if not session.exec(_waiting(run_id)).first():
                run.status, run.finished_at = FINISHED, self._clock()

    def _set_back(self, run_id: str, item_id: int | None, why: str | None) -> None:
        """Upstream never looked at it: the person keeps their turn, with a query of its own."""
        now = self._clock()
        with self._store.write() as session:
            row = session.get_one(BulkItem, item_id, with_for_update=True)
            run = session.get_one(BulkRun, run_id, with_for_update=True)
            row.query_id = new_id(now)
            session.add_all([row, run])
            if run.status != RUNNING:
                return
            run.not_before = now + _PAUSE
            run.setbacks += why != RATE_LIMITED
            if why == KEY_REFUSED or run.setbacks >= _MOST_SETBACKS:
                run.status, run.setbacks = STOPPED, 0
                run.stop_reason = _KEY_REFUSED if why == KEY_REFUSED else _OUT_OF_REACH

    def _is_allowed(self, sources: Sources) -> bool:
        left = {one.operation: one.left for one in self._calls.budgets_now(self._clock())}
        return all(left[queries_of(kind)] > _KEPT_FREE for kind in sources.types)


def _next_item(now: datetime) -> Any:
    wanted = select(BulkItem, BulkRun).join(BulkRun, col(BulkRun.id) == col(BulkItem.run_id))
    wanted = wanted.where(col(BulkRun.status) == RUNNING, col(BulkItem.status) == WAITING)
    wanted = wanted.where(or_(col(BulkRun.not_before).is_(None), col(BulkRun.not_before) <= now))
    return wanted.order_by(col(BulkItem.id)).limit(1)


def _waiting(run_id: str) -> Any:
    wanted = select(BulkItem.id).where(col(BulkItem.run_id) == run_id)
    return wanted.where(col(BulkItem.status) == WAITING).limit(1)
