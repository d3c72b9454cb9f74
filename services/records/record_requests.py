"""Requests for consolidated data: what upstream holds for a person, counted per resource type.

Only the counts are kept; the records themselves never reach the log.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from services.clock import Clock
from services.errors import OutcomeUnknown, UpstreamError, UpstreamNotFound
from services.ids import checked_id, new_id
from services.metriport.client import MetriportClient
from services.metriport.timing import LOST_AFTER
from services.queries.status import (
    COMPLETED,
    FAILED,
    PROCESSING,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
    next_check,
    upstream_word,
)
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import RecordRequest

_FINAL = frozenset({COMPLETED, FAILED})
_NOT_FOUND_UNTIL = 3
"""Upstream may answer 404 shortly after a start. After more checks than this, a 404 is final."""

RECORD_ID_KEY = "accessDeskRecordId"
"""The key of our row's id in a request's metadata, which upstream repeats on its webhook."""


class Records:
    """Adds rows to the table `record_request`, and reads them."""

    def __init__(self, store: Store, client: MetriportClient, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._clock = clock

    def fetch(self, actor: Actor, patient_id: str) -> RecordRequest:
        """Start a consolidated data query; answers its row, which holds the outcome.

        An error of upstream is kept in the row, not raised. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.RECORDS_COUNT, patient_id)
        checked_id(patient_id)
        request_row = self._write_intent(actor, patient_id)
        try:
            answer = self._client.start_consolidated_query(
                patient_id, "json", {RECORD_ID_KEY: request_row.id}
            )
        except UpstreamError as error:
            return self._keep_outcome(request_row.id, None, error)
        return self._keep_outcome(request_row.id, answer.request_id, None)

    def of_patient(self, actor: Actor, patient_id: str) -> Sequence[RecordRequest]:
        """A person's requests, newest first, at most twenty."""
        self._audit.require(actor, Permission.RECORDS_COUNT, patient_id)
        with self._store.read() as session:
            wanted = select(RecordRequest).where(col(RecordRequest.patient_id) == patient_id)
            return session.exec(
                wanted.order_by(
                    col(RecordRequest.submitted_at).desc(), col(RecordRequest.id)
                ).limit(20)
            ).all()

    def _write_intent(self, actor: Actor, patient_id: str) -> RecordRequest:
        now = self._clock()
        row = RecordRequest(
            id=new_id(now),
            patient_id=patient_id,
            conversion_type="json",
            status=SUBMITTING,
            started_by_id=actor.id,
            started_by=actor.name,
            submitted_at=now,
            next_check_at=now + LOST_AFTER,
        )
        with self._store.write() as session:
            session.add(row)
            self._audit.append(
                session, actor, "records.count", patient_id=patient_id, of=("records", row.id)
            )
        return row

    def _keep_outcome(
        self, record_id: str, request_id: str | None, error: UpstreamError | None
    ) -> RecordRequest:
        now = self._clock()
        with self._store.write() as session:
            row = session.get_one(RecordRequest, record_id, with_for_update=True)
            # A webhook that came before the answer has set a newer status.
            if row.status == SUBMITTING:
                row.status = PROCESSING if error is None else _status_after(error)
                row.next_check_at = next_check(now, 0) if error is None else None
            row.request_id = row.request_id or request_id
            if error is not None:
                row.keep_error(error)
            session.add(row)
        return row


def apply_status(session: Session, row: RecordRequest, status: str, now: datetime) -> None:
    """Apply a status that upstream gave to a request; a completed one is counted next.

    An end is never undone: an answer that says `processing` after it is older than the webhook.
    """
    row.checks += 1
    new_status = upstream_word(status)
    if row.status not in _FINAL or new_status in _FINAL:
        row.status = new_status
    if row.status in _FINAL:
        row.finished_at = row.finished_at or now
        is_done = row.status == FAILED or row.counted_at is not None
        # Due at once: the reconciler's next call about the row asks for the count.
        row.next_check_at = None if is_done else now
        row.clear_error()
    else:
        row.next_check_at = next_check(now, row.checks)
    session.add(row)


def apply_counts(
    session: Session, row: RecordRequest, counts: dict[str, int], now: datetime
) -> None:
    """Keep the number of resources of each type, which ends the request."""
    row.resource_counts, row.counted_at, row.next_check_at = counts, now, None
    row.clear_error()
    session.add(row)


def apply_failed_check(
    session: Session, row: RecordRequest, error: UpstreamError, now: datetime
) -> None:
    """Keep that a call about a request did not succeed, and when to make the next one.

    A request that upstream does not know any more becomes `failed`. A completed one keeps its
    status, and only its count stays unknown.
    """
    row.checks += 1
    row.next_check_at = next_check(now, row.checks)
    row.keep_error(error)
    if isinstance(error, UpstreamNotFound) and row.checks > _NOT_FOUND_UNTIL:
        row.next_check_at = None
        if row.status not in _FINAL:
            row.status, row.finished_at = FAILED, now
    session.add(row)


def mark_request_unconfirmed(session: Session, row: RecordRequest) -> None:
    """End a request whose start got no answer; it is harmless to make another."""
    if row.request_id is None:
        row.status, row.next_check_at = UNCONFIRMED, None
        session.add(row)


def record_request_of(
    session: Session, request_id: str | None, record_id: object
) -> RecordRequest | None:
    """The row that a webhook is about, locked: by our own id, else by upstream's request id."""
    own = session.get(RecordRequest, str(record_id), with_for_update=True) if record_id else None
    if own is not None and own.request_id in (None, request_id):
        return own
    wanted = select(RecordRequest).where(col(RecordRequest.request_id) == request_id)
    # Two rows may have one request id: while a request runs, upstream answers it again.
    return session.exec(
        wanted.order_by(col(RecordRequest.submitted_at).desc()).with_for_update()
    ).first()


def _status_after(error: UpstreamError) -> str:
    return UNCONFIRMED if isinstance(error, OutcomeUnknown) else REJECTED
