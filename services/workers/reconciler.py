"""Follow-up of what upstream has not reported by itself: status calls at growing intervals.

What is due stands in the log (`next_check_at`), so it survives a restart, and several processes
can share the work: each row is claimed just before it is asked about.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlmodel import Session

from services.clock import Clock
from services.errors import LogUnavailable, NoAnswer, Unreachable, UpstreamError
from services.metriport.client import MetriportClient
from services.metriport.timing import LOST_AFTER
from services.queries.starts import mark_not_started, mark_unconfirmed
from services.queries.status import COMPLETED, SUBMITTING, UNCONFIRMED
from services.queries.updates import apply_failed_reading, apply_reading
from services.records.record_requests import (
    apply_counts,
    apply_failed_check,
    apply_status,
    mark_request_unconfirmed,
)
from services.store import Store
from services.store.claims import claim_due
from services.store.tables import NetworkQuery, RecordRequest

_log = logging.getLogger(__name__)

_MOST_ROWS = 20
_LONGEST_STEP = timedelta(minutes=1)
"""A step ends soon, so that its heartbeat tells the setup check that the reconciler lives."""

_AFTER_A_FAULT = timedelta(hours=1)
"""When a row is asked about again that could not be written."""

Row = TypeVar("Row", NetworkQuery, RecordRequest)


class Reconciler:
    """Asks upstream about every open query and record request that is due."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._timer = timer

    def step(self) -> int:
        """Check what is due now, at most twenty rows of each kind; answers how many.

        Each kind ends early after a minute, and at the first call without an answer: an upstream
        that is silent for one row is silent for the others, and each silence takes its full time.
        """
        return self._check_due(NetworkQuery, self._check_query) + self._check_due(
            RecordRequest, self._check_records
        )

    def _check_due(self, table: type[Row], check: Callable[[str], None]) -> int:
        ends_at = self._timer() + _LONGEST_STEP.total_seconds()
        done = 0
        while done < _MOST_ROWS and self._timer() < ends_at:
            row_id = self._claim(table)
            if row_id is None:
                break
            done += 1
            if not self._check_guarded(table, check, row_id):
                break
        return done

    def _claim(self, table: type[Row]) -> str | None:
        now = self._clock()
        with self._store.write() as session:
            return claim_due(session, table, now, now + LOST_AFTER)

    def _check_guarded(self, table: type[Row], check: Callable[[str], None], row_id: str) -> bool:
        """Check one row; False where upstream was silent. A row that fails stops no other."""
        try:
            check(row_id)
        except (Unreachable, NoAnswer):
            return False
        except UpstreamError:
            # The row has kept it already.
            return True
        except LogUnavailable:
            raise
        except Exception as error:
            # The text may carry what upstream said of a person, so only its class is told.
            _log.error("%s %s not checked: %s", table.__tablename__, row_id, type(error).__name__)
            self._keep_fault(table, row_id, error)
        return True

    def _check_query(self, query_id: str) -> None:
        query = self._get(NetworkQuery, query_id)
        if query.request_id is None:
            return self._give_up_waiting(query_id)
        try:
            answer = self._client.get_network_query(
                query.request_id, query_id=query_id, patient_id=query.patient_id
            )
        except UpstreamError as error:
            with self._store.write() as session:
                locked = _lock(session, NetworkQuery, query_id)
                apply_failed_reading(session, locked, error, self._clock())
            raise
        with self._store.write() as session:
            apply_reading(session, _lock(session, NetworkQuery, query_id), answer, self._clock())

    def _give_up_waiting(self, query_id: str) -> None:
        """A start without an answer: first unconfirmed, and a day later not started."""
        with self._store.write() as session:
            query = _lock(session, NetworkQuery, query_id)
            if query.request_id is not None:
                # A webhook has settled it since it was read.
                return
            if query.status == SUBMITTING:
                mark_unconfirmed(session, query)
            elif query.status == UNCONFIRMED:
                mark_not_started(session, query, self._clock())

    def _check_records(self, record_id: str) -> None:
        row = self._get(RecordRequest, record_id)
        try:
            self._ask_about_records(row)
        except UpstreamError as error:
            with self._store.write() as session:
                locked = _lock(session, RecordRequest, record_id)
                apply_failed_check(session, locked, error, self._clock())
            raise

    def _ask_about_records(self, row: RecordRequest) -> None:
        if row.status == COMPLETED:
            count = self._client.count_resources(row.patient_id)
            with self._store.write() as session:
                locked = _lock(session, RecordRequest, row.id)
                apply_counts(session, locked, count.counts, self._clock())
        elif row.request_id is None:
            with self._store.write() as session:
                mark_request_unconfirmed(session, _lock(session, RecordRequest, row.id))
        else:
            answer = self._client.get_consolidated_query(row.patient_id, row.request_id)
            with self._store.write() as session:
                locked = _lock(session, RecordRequest, row.id)
                apply_status(session, locked, answer.status, self._clock())

    def _keep_fault(self, table: type[Row], row_id: str, error: Exception) -> None:
        """Note at the row that its answer could not be taken in, and ask again much later."""
        with self._store.write() as session:
            row = _lock(session, table, row_id)
            row.next_check_at = self._clock() + _AFTER_A_FAULT
            row.error_kind = "unreadable"
            row.error_detail = f"The answer could not be kept ({type(error).__name__})."
            session.add(row)

    def _get(self, table: type[Row], row_id: str) -> Row:
        with self._store.read() as session:
            return session.get_one(table, row_id)


def _lock(session: Session, table: type[Row], row_id: str) -> Row:
    return session.get_one(table, row_id, with_for_update=True)
