"""Start network queries: the intent is written first, then the call is made, then its outcome kept.

So a process that dies in between leaves a row that says what it was about to do. A start is never
repeated by the program: it may have been carried out although no answer came.
"""

from datetime import datetime

from sqlmodel import Session

from services.clock import Clock
from services.errors import (
    AccessDeskError,
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
from services.metriport.schemas import Patient
from services.queries.intents import Intent, make_query, make_sources
from services.queries.requests import IasRequest, QueryRequest
from services.queries.sources import sources_of
from services.queries.start_checks import StartChecks
from services.queries.status import (
    NOT_STARTED,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)
from services.queries.updates import (
    apply_start,
    claim_request,
    settle,
)
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import Grounds
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery, StartCheck

_START = Permission.QUERIES_START.value
NEVER_LOOKED_AT = (KeyRefused, RateLimited, Unreachable)
"""After these errors the API has not seen the query, so its AAL2 session can still be used."""


class QueryStarts:
    """Adds rows to `network_query` and `query_source`, and keeps the outcome of their starts."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        aal2: Aal2Sessions,
        checks: StartChecks,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._aal2 = aal2
        self._checks = checks
        self._clock = clock

    def new_id(self) -> str:
        """An id for a query about to be started. Two starts with one id start one query."""
        return new_id(self._clock())

    def start(self, actor: Actor, query_id: str, request: QueryRequest) -> NetworkQuery:
        """Start a query; answers its row, which holds the outcome.

        A refusal or a missing answer is an outcome that the row keeps, not an exception. If the log
        holds `query_id` already, nothing is sent and that row is answered. Raises `NotPermitted`,
        `InvalidInput`, and for an IAS query, which then has spent nothing: `NotReady` for a person
        who lacks a verified identity, an active AAL2 session or a required consent, or whose record
        has drifted; and an `UpstreamError` where their record cannot be read.
        """
        self._audit.require(actor, Permission.QUERIES_START, request.patient_id)
        checked_id(request.patient_id)
        request.check()
        try:
            record = self._read_record(request)
            intent = self._write_intent(actor, query_id, request, record)
        except Duplicate as duplicate:
            # A duplicate of our own id is a button pressed twice; any other one is a fault.
            if duplicate.constraint != "pk_network_query":
                raise
            return self._get(query_id)
        except (NotReady, UpstreamError) as error:
            # A button pressed twice, of which the first press has spent the session already.
            if query := self._find(query_id):
                return query
            self._note_not_ready(actor, query_id, request, error)
            raise
        self._submit(intent)
        return self._get(query_id)

    def _read_record(self, request: QueryRequest) -> Patient | None:
        """The record that an IAS query is about; a clinician's query proves nothing with it."""
        if not isinstance(request, IasRequest):
            return None
        return self._checks.read_record(request.patient_id)

    def _write_intent(
        self, actor: Actor, query_id: str, request: QueryRequest, record: Patient | None
    ) -> Intent:
        """Write the row, the reservation of its AAL2 session and the audit event, or nothing."""
        now = self._clock()
        with self._store.write() as session:
            query = make_query(actor, query_id, request, now)
            session.add(query)
            # Before the sources and the AAL2 session, whose foreign keys name the query.
            session.flush()
            session.add_all(make_sources(query_id, request.sources))
            reserved, check = None, None
            if isinstance(request, IasRequest) and record is not None:
                reserved = self._reserve(session, query, now)
                check = self._checks.keep(session, query, request, record, now)
            self._audit.append(
                session,
                actor,
                _START,
                outcome="asked",
                patient_id=request.patient_id,
                of=("query", query_id),
                grounds=_grounds(request, check),
                details=_details(request, check),
            )
        return Intent(query_id, request, reserved)

    def _reserve(self, session: Session, query: NetworkQuery, now: datetime) -> Reserved:
        reserved = self._aal2.reserve(session, query.patient_id, query.id, now)
        query.proofed_identity_id = reserved.identity_id
        query.aal2_session_id = reserved.row_id
        session.add(query)
        return reserved

    def _submit(self, intent: Intent) -> None:
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

    def _keep_answer(self, intent: Intent, answer: Answer) -> None:
        """Keep the answer to a start, whatever it holds besides the request id: the query runs."""
        try:
            self._apply_answer(intent, answer)
        except Duplicate:
            # Between our look and our commit a webhook made an external row of the same request.
            # The second time, `claim_request` sees that row and takes it over.
            self._apply_answer(intent, answer)
        except LogRefused:
            self._keep_request_id(intent, answer.request_id)

    def _apply_answer(self, intent: Intent, answer: Answer) -> None:
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            if claim_request(session, query, answer.request_id):
                apply_start(session, query, answer, self._clock())
                return
            # Two starts of ours with one request id: only a webhook or the day's end can settle it.
            query.keep_error(UpstreamBroken("Metriport answered with another query's request."))
            mark_unconfirmed(session, query)

    def _keep_request_id(self, intent: Intent, request_id: str) -> None:
        """Keep the request id alone of an answer that the log refuses; a status call follows."""
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            if claim_request(session, query, request_id):
                settle(session, query, self._clock())

    def _keep_error(self, intent: Intent, error: UpstreamError) -> None:
        now = self._clock()
        with self._store.write() as session:
            query = session.get_one(NetworkQuery, intent.query_id, with_for_update=True)
            # While we waited for the answer, a webhook may have shown that the query did start.
            if query.request_id or query.status not in (SUBMITTING, UNCONFIRMED):
                return
            _mark_unsuccessful(session, query, error, now)
            if intent.reserved:
                self._settle_reservation(session, intent.reserved, error, now)

    def _settle_reservation(
        self, session: Session, reserved: Reserved, error: UpstreamError, now: datetime
    ) -> None:
        """Release, keep or refuse the AAL2 session, by what the error says of it.

        An unknown outcome changes nothing: the session stays used, because the query may run.
        """
        if isinstance(error, NEVER_LOOKED_AT):
            self._aal2.release(session, reserved)
        elif not isinstance(error, OutcomeUnknown):
            self._aal2.refuse(session, reserved)
            if is_about_identity(error, brought_session=True):
                mark_inactive(session, reserved.identity_id, now)

    def _note_not_ready(
        self, actor: Actor, query_id: str, request: QueryRequest, error: AccessDeskError
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

    def _find(self, query_id: str) -> NetworkQuery | None:
        with self._store.read() as session:
            return session.get(NetworkQuery, query_id)

    def _get(self, query_id: str) -> NetworkQuery:
        with self._store.read() as session:
            return session.get_one(NetworkQuery, query_id)


def mark_unconfirmed(session: Session, query: NetworkQuery) -> None:
    """Note that it is unknown whether the query started, and give a webhook 24 hours to tell."""
    query.status = UNCONFIRMED
    query.next_check_at = query.submitted_at + UNCONFIRMED_FOR
    session.add(query)


def mark_not_started(session: Session, query: NetworkQuery, now: datetime) -> None:
    """End a query that upstream never started, and all of its sources."""
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


def _grounds(request: QueryRequest, check: StartCheck | None) -> Grounds:
    reason = check.drift_reason if check else request.reason
    return Grounds(reason or "", request.ticket)


def _details(request: QueryRequest, check: StartCheck | None) -> dict[str, object]:
    """What the access log holds of a start; of a person's record the names of fields only."""
    details: dict[str, object] = {"purpose": request.purpose, "sources": request.sources.types}
    if check is not None:
        details |= {"demographics": check.demographics, "consent": check.consent}
        details |= {"drifted": check.drifted} if check.drifted else {}
        details |= {"missing": check.missing} if check.missing else {}
    return details
