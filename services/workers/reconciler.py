"""Asks upstream about what no webhook has reported yet: status calls at growing intervals.

When a row is due stands in the log (`next_check_at`), so that it survives a restart. Several
processes can share the work: each row is claimed just before upstream is asked about it.
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
"""A step ends after this time, because only its end writes the heartbeat of the reconciler."""

_AFTER_A_FAULT = timedelta(hours=1)
"""A row whose answer could not be kept is asked about again after this time."""

Row = TypeVar("Row", NetworkQuery, RecordRequest)


class Reconciler:
    """Asks upstream about the queries and record requests that are due, and keeps the answers.

    `timer` answers seconds that only ever grow; it measures how long a step takes.
    """

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
        """Check the rows that are due, at most twenty of each kind; answers how many were checked.

        The queries end early after a minute, or at the first call without an answer, and so do the
        record requests: an upstream that does not answer for one row does not answer for the
        others, and each such call takes its full time limit. Raises `LogUnavailable`.
        """
        return self._check_due(NetworkQuery, self._check_query) + self._check_due(
            RecordRequest, self._check_records
        )

    def _check_due(self, table: type[Row], check: Callable[[str], None]) -> int:
        ends_at = self._timer() + _LONGEST_STEP.total_seconds()
        checked = 0
        while checked < _MOST_ROWS and self._timer() < ends_at:
            # One row at a time: a batch claimed at once would fall due again for other processes
            # while its last rows still wait here.
            row_id = self._claim(table)
            if row_id is None:
                break
            checked += 1
            if not self._check_guarded(table, check, row_id):
                break
        return checked

    def _claim(self, table: type[Row]) -> str | None:
        now = self._clock()
        # The claim lasts longer than the longest call, so no other process asks about the row at
        # the same time; if this one dies, the row is due again at its end.
        with self._store.write() as session:
            return claim_due(session, table, now, now + LOST_AFTER)

    def _check_guarded(self, table: type[Row], check: Callable[[str], None], row_id: str) -> bool:
        """Check one row; False where upstream gave no answer. A fault in one row stops no other."""
        try:
            check(row_id)
        except (Unreachable, NoAnswer):
            return False
        except UpstreamError:
            # `check` has kept the error at the row.
            return True
        except LogUnavailable:
            raise
        except Exception as error:
            # Only the error's class is logged: its text may repeat what upstream said of a person.
            _log.error("%s %s not checked: %s", table.__tablename__, row_id, type(error).__name__)
            self._keep_fault(table, row_id, error)
        return True

    def _check_query(self, query_id: str) -> None:
        query = self._get(NetworkQuery, query_id)
        if query.request_id is None:
            return self._give_up_waiting(query_id)
        # No transaction is open during the call: on SQLite nobody else could write meanwhile.
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
        """Mark a start without an answer as unconfirmed, or after a day as not started."""
        with self._store.write() as session:
            query = _lock(session, NetworkQuery, query_id)
            if query.request_id is not None:
                # Since the row was read, a webhook has shown that the query started.
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
        """Ask for the count of a completed request, else for the status, and keep the answer."""
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
        """Keep at the row that its answer could not be kept, and ask again in an hour."""
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
    # Read again under the lock: a webhook may have changed the row during the call.
    return session.get_one(table, row_id, with_for_update=True)
