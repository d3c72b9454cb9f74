"""Starts the queries of bulk runs in the background, one by one, as fast as upstream allows."""

import logging
from datetime import timedelta

from services.bulk.runs import FAILED, FINISHED, RUNNING, STARTED, STOPPED
from services.bulk.turns import Turn, UnreadableRun, lock_turn, next_turn, somebody_waits
from services.calls.rate_budgets import RateBudgets
from services.clock import Clock
from services.errors import AccessDeskError, KeyRefused, LogUnavailable, RateLimited, SignInEnded
from services.ids import new_id
from services.metriport.schemas import Sources
from services.queries.sources import sources_of
from services.queries.starts import NEVER_LOOKED_AT, QueryStarts
from services.queries.status import NOT_STARTED, REJECTED, SUBMITTING
from services.store import Store
from services.store.tables import BulkRun, NetworkQuery

_log = logging.getLogger(__name__)

KEY_REFUSED, RATE_LIMITED = KeyRefused.kind, RateLimited.kind
_UNSEEN = frozenset(error.kind for error in NEVER_LOOKED_AT)
_KEPT_FREE = 2
"""Of each limit, so that staff can start a query by hand beside a bulk run."""

_PAUSE = timedelta(minutes=1)
_MOST_SETBACKS = 5
_TOO_MANY_REQUESTS = 429
_KEY_REFUSED = "Metriport refused our API key. An administrator must check METRIPORT_API_KEY."
_OUT_OF_REACH = "Metriport could not be reached, again and again. Go on when it answers."
_REVOKED = "The sign-in of {name}, who began it, was ended by an administrator, or lost the role."
_UNREADABLE = "The run holds a role or sources that this program does not know."


class BulkStarts:
    """Starts the queries of bulk runs.

    Each item has the id of its query from the beginning, so that an item that is tried again after
    a restart, or by a second machine, starts nothing twice. A person whose query upstream never
    looked at keeps their turn.
    """

    def __init__(
        self, store: Store, starts: QueryStarts, budgets: RateBudgets, clock: Clock
    ) -> None:
        self._store = store
        self._starts = starts
        self._budgets = budgets
        self._clock = clock

    def step(self) -> int:
        """Start the next person's query, if a run waits and the limits allow it.

        Answers 1 where a person's turn is over, else 0. Raises `LogUnavailable`; then their turn
        comes again.
        """
        try:
            with self._store.read() as session:
                turn = next_turn(session, self._clock())
        except UnreadableRun as error:
            self._stop_unreadable(error)
            return 1
        if turn is None or not self._is_allowed(turn.request.sources):
            return 0
        return self._take(turn)

    def _take(self, turn: Turn) -> int:
        try:
            query = self._starts.start(turn.actor, turn.query_id, turn.request)
        except SignInEnded:
            self._stop_revoked(turn)
            return 1
        except LogUnavailable:
            # Nobody knows yet what became of it: the same query id will tell at the next turn.
            raise
        except AccessDeskError as error:
            self._settle(turn, FAILED, str(error))
            return 1
        except Exception as error:
            # A fault of this program must not stop the others; its text may hold personal data.
            name = type(error).__name__
            _log.error("bulk item %s: %s", turn.item_id, name)
            self._settle(turn, FAILED, f"An error of Access Desk ({name}).")
            return 1
        return self._conclude(turn, query)

    def _conclude(self, turn: Turn, query: NetworkQuery) -> int:
        if query.status == SUBMITTING:
            # Another machine has it on its way, or lost it: in two minutes it is unconfirmed.
            return 0
        if query.error_kind in _UNSEEN and query.status in (REJECTED, NOT_STARTED):
            self._set_back(turn, query.error_kind)
            return 0
        limited, asked = self._limited_of(query.id)
        if limited and not asked:
            self._set_back(turn, RATE_LIMITED)
            return 0
        self._settle(turn, STARTED, None, pause=bool(limited))
        return 1

    def _limited_of(self, query_id: str) -> tuple[int, int]:
        """How many sources were over their limit, and how many were not; upstream answers 2XX."""
        with self._store.read() as session:
            sources = sources_of(session, query_id)
        over_limit = (NOT_STARTED, _TOO_MANY_REQUESTS)
        limited = sum((source.status, source.error_status) == over_limit for source in sources)
        return limited, len(sources) - limited

    def _settle(self, turn: Turn, status: str, error: str | None, pause: bool = False) -> None:
        """Keep what became of a turn; with the last one of a run, the run is finished."""
        with self._store.write() as session:
            rows = lock_turn(session, turn)
            if rows is None:
                return
            item, run = rows
            item.status, item.error, run.setbacks = status, error, 0
            run.not_before = self._clock() + _PAUSE if pause else None
            session.add_all([item, run])
            # The question below must see this item settled.
            session.flush()
            if not somebody_waits(session, turn.run_id):
                run.status, run.finished_at = FINISHED, self._clock()

    def _set_back(self, turn: Turn, why: str | None) -> None:
        """Upstream never looked at it: the person keeps their turn, with a query of its own."""
        now = self._clock()
        with self._store.write() as session:
            rows = lock_turn(session, turn)
            if rows is None:
                return
            item, run = rows
            item.query_id = new_id(now)
            session.add_all([item, run])
            if run.status != RUNNING:
                # Somebody stopped it meanwhile: a pause would outlast their going on with it.
                return
            run.not_before = now + _PAUSE
            # Limits are waited for however often; only what is broken stops a run.
            run.setbacks += why != RATE_LIMITED
            if why == KEY_REFUSED:
                _stop(run, _KEY_REFUSED)
            elif run.setbacks >= _MOST_SETBACKS:
                _stop(run, _OUT_OF_REACH)

    def _stop_unreadable(self, error: UnreadableRun) -> None:
        """Stop a run that cannot be read, so that the runs behind it go on."""
        _log.error("bulk run %s: %s", error.run_id, type(error.why).__name__)
        with self._store.write() as session:
            run = session.get_one(BulkRun, error.run_id, with_for_update=True)
            if run.status == RUNNING:
                _stop(run, _UNREADABLE)
                session.add(run)

    def _stop_revoked(self, turn: Turn) -> None:
        """Stop a run whose mandate is over; the person keeps their turn."""
        with self._store.write() as session:
            run = session.get_one(BulkRun, turn.run_id, with_for_update=True)
            if run.status == RUNNING:
                _stop(run, _REVOKED.format(name=run.created_by))
                session.add(run)

    def _is_allowed(self, sources: Sources) -> bool:
        # The log counts for all machines together, so they share what upstream allows.
        left = {budget.limit.source: budget.left for budget in self._budgets.now()}
        return all(left[kind] > _KEPT_FREE for kind in sources.types)


def _stop(run: BulkRun, why: str) -> None:
    run.status, run.setbacks, run.stop_reason = STOPPED, 0, why
