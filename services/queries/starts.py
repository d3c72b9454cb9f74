"""Start network queries: the intent first, then the call, then what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services.clock import Clock
from services.errors import (
    KeyRefused,
    LogRefused,
    NotReady,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
    UpstreamBroken,
    UpstreamError,
)
from services.identity.aal2_sessions import Aal2Sessions, Reserved
from services.identity.updates import is_about_identity, mark_inactive
from services.ids import checked_id, new_id
from services.metriport.client import MetriportClient
from services.metriport.schemas import NetworkQuery as Answer
from services.metriport.schemas import Sources, StartNetworkQuery
from services.metriport.timing import LOST_AFTER
from services.queries.requests import IAS, QueryRequest, requested
from services.queries.sources import sources_of
from services.queries.status import (
    NOT_STARTED,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)
from services.queries.updates import (
    DASHBOARD,
    QUERY_ID_KEY,
    apply_start,
    claim_request,
    settle,
)
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery, QuerySource

_START = Permission.QUERIES_START.value
NEVER_LOOKED_AT = (KeyRefused, RateLimited, Unreachable)
"""With these the API never saw the query, so the AAL2 session that it brought is unspent."""


@dataclass(frozen=True)
class _Intent:
    """A query about to be sent, and the AAL2 session that it brings along."""

    query_id: str
    request: QueryRequest
    reserved: Reserved | None

    def body(self) -> StartNetworkQuery:
        return StartNetworkQuery(
            sources=self.request.sources.wire(),
            proofed_identity_id=self.reserved.identity_id if self.reserved else None,
            metadata={QUERY_ID_KEY: self.query_id},
        )


class QueryStarts:
    """Writes the intents of `network_query`, and what their starts came to."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        aal2: Aal2Sessions,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._aal2 = aal2
        self._clock = clock

    def new_id(self) -> str:
        """An id for a query about to be started: starting twice with it starts once."""
        return new_id(self._clock())

    def start(self, actor: Actor, query_id: str, request: QueryRequest) -> NetworkQuery:
        """Start a query; the row says what became of it.

        A refusal or a missing answer is an outcome that the row keeps, not an exception. The same
        `query_id` again answers the row that stands. Raises `InvalidInput`, and `NotReady` for an
        IAS query of a person who lacks an identity or an AAL2 session.
        """
        self._audit.require(actor, Permission.QUERIES_START, request.patient_id)
        checked_id(request.patient_id)
        request.check()
        try:
            intent = self._write_intent(actor, query_id, request)
        except Duplicate as duplicate:
            if duplicate.constraint != "pk_network_query":
                raise
            return self._get(query_id)
        except NotReady as error:
            self._note_not_ready(actor, query_id, request, error)
            raise
        self._submit(intent)
        return self._get(query_id)

    def _write_intent(self, actor: Actor, query_id: str, request: QueryRequest) -> _Intent:
        """The row, its AAL2 session's reservation and the audit event: together or not at all."""
        now = self._clock()
        with self._store.write() as session:
            query = _row(actor, query_id, request, now)
            session.add(query)
            session.flush()
            session.add_all(_submitting(query_id, request.sources))
            reserved = self._reserved(session, query, now)
            self._audit.append(
                session,
                actor,
                _START,
                outcome="asked",
                patient_id=request.patient_id,
                of=("query", query_id),
                details={"purpose": request.purpose, "sources": request.sources.types},
            )
        return _Intent(query_id, request, reserved)

    def _reserved(self, session: Session, query: NetworkQuery, now: datetime) -> Reserved | None:
        if query.purpose != IAS:
            return None
        reserved = self._aal2.reserve(session, query.patient_id, query.id, now)
        query.proofed_identity_id = reserved.identity_id
        query.aal2_session_id = reserved.row_id
        session.add(query)
        return reserved

    def _submit(self, intent: _Intent) -> None:
        reserved = intent.reserved
        try:
            answer = self._client.start_network_query(
                intent.request.patient_id,
                intent.body(),
                query_id=intent.query_id,
                purpose=intent.request.purpose,
                aal2_session_id=reserved.credential if reserved else None,
            )
        except UpstreamError as error:
            self._keep_error(intent, error)
            return
        self._keep_answer(intent, answer)

    def _keep_answer(self, intent: _Intent, answer: Answer) -> None:
        """Write the answer down, whatever else it says: the query runs upstream."""
        try:
            self._apply_answer(intent, answer)
        except Duplicate:
            # A webhook made a row of the same request between our look and our commit: this time
            # it is seen.
            self._apply_answer(intent, answer)
        except LogRefused:
            self._keep_request_id(intent, answer.request_id)

    def _apply_answer(self, intent: _Intent, answer: Answer) -> None:
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            if claim_request(session, query, answer.request_id):
                apply_start(session, query, answer, self._clock())
                return
            query.keep_error(UpstreamBroken("Metriport answered with another query's request."))
            mark_unconfirmed(session, query)

    def _keep_request_id(self, intent: _Intent, request_id: str) -> None:
        """Of an answer that the log cannot hold, keep that it started; a status call follows."""
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            if claim_request(session, query, request_id):
                settle(session, query, self._clock())

    def _keep_error(self, intent: _Intent, error: UpstreamError) -> None:
        now = self._clock()
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            # A webhook may have proved meanwhile that it did start.
            if query.request_id or query.status not in (SUBMITTING, UNCONFIRMED):
                return
            _mark_unsuccessful(session, query, error, now)
            if intent.reserved:
                self._settle(session, intent.reserved, error, now)

    def _settle(
        self, session: Session, reserved: Reserved, error: UpstreamError, now: datetime
    ) -> None:
        """What upstream's answer means for the AAL2 session: unspent, spent, or refused."""
        if isinstance(error, NEVER_LOOKED_AT):
            self._aal2.release(session, reserved)
        elif not isinstance(error, OutcomeUnknown):
            self._aal2.refuse(session, reserved)
            if is_about_identity(error, brought_session=True):
                mark_inactive(session, reserved.identity_id, now)

    def _note_not_ready(
        self, actor: Actor, query_id: str, request: QueryRequest, error: NotReady
    ) -> None:
        details = {"purpose": request.purpose, "reason": str(error)}
        self._audit.note(
            actor,
            _START,
            outcome="not ready",
            patient_id=request.patient_id,
            of=("query", query_id),
            details=details,
        )

    def _get(self, query_id: str) -> NetworkQuery:
        with self._store.read() as session:
            return session.get_one(NetworkQuery, query_id)


def mark_unconfirmed(session: Session, query: NetworkQuery) -> None:
    """Nobody knows whether it started: a webhook may say so within 24 hours."""
    query.status = UNCONFIRMED
    query.next_check_at = query.submitted_at + UNCONFIRMED_FOR
    session.add(query)


def mark_not_started(session: Session, query: NetworkQuery, now: datetime) -> None:
    """It never ran, and nor did any of its sources."""
    _end(session, query, NOT_STARTED, now)


def _mark_unsuccessful(
    session: Session, query: NetworkQuery, error: UpstreamError, now: datetime
) -> None:
    query.keep_error(error)
    if isinstance(error, OutcomeUnknown):
        mark_unconfirmed(session, query)
    elif isinstance(error, Unreachable):
        mark_not_started(session, query, now)
    else:
        _end(session, query, REJECTED, now)


def _end(session: Session, query: NetworkQuery, status: str, now: datetime) -> None:
    query.status, query.finished_at, query.next_check_at = status, now, None
    for source in sources_of(session, query.id):
        source.status = NOT_STARTED
        session.add(source)
    session.add(query)


def _row(actor: Actor, query_id: str, request: QueryRequest, now: datetime) -> NetworkQuery:
    return NetworkQuery(
        id=query_id,
        patient_id=request.patient_id,
        facility_id=request.facility_id,
        purpose=request.purpose,
        origin=DASHBOARD,
        status=SUBMITTING,
        requested=requested(request.sources),
        started_by=actor.name,
        reason=request.reason,
        ticket=request.ticket or None,
        submitted_at=now,
        next_check_at=now + LOST_AFTER,
    )


def _submitting(query_id: str, sources: Sources) -> list[QuerySource]:
    return [QuerySource(query_id=query_id, type=kind, status=SUBMITTING) for kind in sources.types]
