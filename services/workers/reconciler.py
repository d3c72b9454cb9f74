"""Follow-up of what upstream has not reported by itself: status calls at growing intervals.

What is due stands in the log (`next_check_at`), so it survives a restart, and several processes
can share the work: each row is claimed before it is asked about.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlmodel import Session, col, select, update

from services.clock import Clock
from services.errors import UpstreamError, UpstreamNotFound
from services.metriport.client import MetriportClient
from services.queries.starts import mark_not_started, mark_unconfirmed
from services.queries.status import COMPLETED, FAILED, SUBMITTING, UNCONFIRMED, next_check
from services.queries.updates import apply_reading
from services.records.record_requests import apply_counts, apply_status
from services.store import Store
from services.store.tables import NetworkQuery, RecordRequest

_BATCH = 20
_LEASE = timedelta(minutes=2)
"""A claimed row comes back after this if whoever claimed it has stopped."""

_NOT_FOUND_UNTIL = 3
"""Upstream may not know a request the moment it made it; after this many times it never will."""

Due = type[NetworkQuery] | type[RecordRequest]
Row = TypeVar("Row", NetworkQuery, RecordRequest)


class Reconciler:
    """Asks upstream about every open query and record request that is due."""

    def __init__(self, store: Store, client: MetriportClient, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._clock = clock

    def step(self) -> int:
        """Check what is due now, at most twenty of each kind; answers how many."""
        work: list[tuple[Due, Callable[[str], None]]] = [
            (NetworkQuery, self._check_query),
            (RecordRequest, self._check_records),
        ]
        done = 0
        for table, check in work:
            for row_id in self._claimed(table):
                check(row_id)
                done += 1
        return done

    def _claimed(self, table: Due) -> list[str]:
        now = self._clock()
        with self._store.write() as session:
            wanted = select(table.id).where(col(table.next_check_at) <= now)
            wanted = wanted.order_by(col(table.next_check_at)).limit(_BATCH)
            ids = list(session.exec(wanted.with_for_update(skip_locked=True)).all())
            lease = update(table).where(col(table.id).in_(ids))
            session.exec(lease.values(next_check_at=now + _LEASE))
        return ids

    def _check_query(self, query_id: str) -> None:
        query = self._get(NetworkQuery, query_id)
        if query.request_id is None:
            return self._give_up_waiting(query_id)
        try:
            answer = self._client.get_network_query(
                query.request_id, query_id=query_id, patient_id=query.patient_id
            )
        except UpstreamError as error:
            return self._postpone_query(query_id, error)
        with self._store.write() as session:
            apply_reading(session, _locked(session, NetworkQuery, query_id), answer, self._clock())

    def _give_up_waiting(self, query_id: str) -> None:
        """A start without an answer: first unconfirmed, and a day later not started."""
        with self._store.write() as session:
            query = _locked(session, NetworkQuery, query_id)
            if query.status == SUBMITTING:
                mark_unconfirmed(session, query)
            elif query.status == UNCONFIRMED:
                mark_not_started(session, query, self._clock())

    def _postpone_query(self, query_id: str, error: UpstreamError) -> None:
        now = self._clock()
        with self._store.write() as session:
            query = _locked(session, NetworkQuery, query_id)
            query.checks += 1
            query.next_check_at = next_check(now, query.checks)
            query.error_kind, query.error_status = error.kind, error.status
            query.error_title, query.error_detail = error.title, error.detail or str(error)
            if isinstance(error, UpstreamNotFound) and query.checks > _NOT_FOUND_UNTIL:
                query.status, query.finished_at, query.next_check_at = FAILED, now, None
            session.add(query)

    def _check_records(self, record_id: str) -> None:
        row = self._get(RecordRequest, record_id)
        try:
            self._ask_about_records(row)
        except UpstreamError as error:
            self._postpone_records(record_id, error)

    def _ask_about_records(self, row: RecordRequest) -> None:
        if row.status == COMPLETED:
            count = self._client.count_resources(row.patient_id)
            with self._store.write() as session:
                locked = _locked(session, RecordRequest, row.id)
                apply_counts(session, locked, count.counts, self._clock())
        elif row.request_id is None:
            self._mark_records_unconfirmed(row.id)
        else:
            answer = self._client.get_consolidated_query(row.patient_id, row.request_id)
            with self._store.write() as session:
                locked = _locked(session, RecordRequest, row.id)
                apply_status(session, locked, answer.status, self._clock())

    def _mark_records_unconfirmed(self, record_id: str) -> None:
        """A count is harmless to ask for again, so an unanswered one is not followed for long."""
        with self._store.write() as session:
            row = _locked(session, RecordRequest, record_id)
            row.status, row.next_check_at = UNCONFIRMED, None
            session.add(row)

    def _postpone_records(self, record_id: str, error: UpstreamError) -> None:
        now = self._clock()
        with self._store.write() as session:
            row = _locked(session, RecordRequest, record_id)
            row.checks += 1
            row.next_check_at = next_check(now, row.checks)
            row.error_kind, row.error_detail = error.kind, error.detail or str(error)
            if isinstance(error, UpstreamNotFound) and row.checks > _NOT_FOUND_UNTIL:
                row.status, row.finished_at, row.next_check_at = FAILED, now, None
            session.add(row)

    def _get(self, table: type[Row], row_id: str) -> Row:
        with self._store.read() as session:
            return session.get_one(table, row_id)


def _locked(session: Session, table: type[Row], row_id: str) -> Row:
    return session.get_one(table, row_id, with_for_update=True)
