"""Complete chains of evidence, of which tests break one link at a time."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.evidence.evidence import Evidence, Link, LinkCode
from services.compliance.evidence.gathering import make_evidence
from services.compliance.evidence.rows import RowPool, rows_of
from services.store.audit_chain import HASHED, append_event
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    StartCheck,
    WebhookEvent,
)
from tests.compliance.chain_rows import AT, PERSON, SAM, bulk_rows, event, staff_session

LATER = AT + timedelta(days=2)
"""When the evidence is looked at."""


class Chain:
    """The rows of one query, any of which a test may change, and the evidence that they make."""

    def __init__(self, pool: RowPool) -> None:
        self.pool = pool
        self.now = LATER
        self.config = EvidenceConfig()

    @property
    def query(self) -> NetworkQuery:
        return self.pool.queries[0]

    def evidence(self) -> Evidence:
        return make_evidence(rows_of(self.pool, self.query), self.now, self.config)

    def link(self, code: LinkCode) -> Link:
        return next(link for link in self.evidence().links if link.code is code)

    def found(self) -> dict[str, str]:
        """What is said, by rule."""
        return {found.rule: found.text for found in self.evidence().findings}

    def store(self, session: Session) -> None:
        """Write every row."""
        waiting = sorted(self.pool.starts + self.pool.look_events, key=lambda event: event.seq)
        for name in _ORDER:
            session.add_all(getattr(self.pool, name))
            session.flush()
        for row in waiting:
            append_event(session, {name: getattr(row, name) for name in HASHED})


_LATE = ("starts", "look_events", "attempts", "sharing", "aal2_sessions")
_FIRST = ("queries", "others", "bulk_runs")
_ORDER = [
    *_FIRST,
    *(part.name for part in fields(RowPool) if part.name not in _LATE + _FIRST),
    "aal2_sessions",
]
"""What other rows refer to comes before them."""


def ias(**changes: Any) -> Chain:
    """An IAS query of which nothing lacks; `changes` are columns of the query."""
    minute = timedelta(minutes=1)
    query = NetworkQuery(
        id="q-1",
        request_id="r-1",
        patient_id=PERSON,
        purpose="ias",
        origin="dashboard",
        status="completed",
        requested="hie",
        started_by_id=SAM,
        started_by="Sam",
        proofed_identity_id="pid-1",
        aal2_session_id="s-1",
        submitted_at=AT,
        finished_at=AT + minute,
    )
    pool = RowPool(
        queries=[query],
        sources=[QuerySource(id=1, query_id="q-1", type="hie", status="completed")],
        checks=[
            StartCheck(
                query_id="q-1",
                at=AT,
                demographics="same",
                drifted=[],
                missing=[],
                consent="given",
                consent_id="c-1",
            )
        ],
        starts=[event(1, "queries.start", "q-1", outcome="asked")],
        staff_sessions=[staff_session()],
        consents=[
            Consent(
                id="c-1",
                patient_id=PERSON,
                version="2",
                text_hash="h",
                way="link",
                given_at=AT - 20 * minute,
                recorded_at=AT - 20 * minute,
                ends_at=AT + timedelta(days=300),
            )
        ],
        identities=[
            ProofedIdentity(
                proofed_identity_id="pid-1",
                patient_id=PERSON,
                status="active",
                verified_at=AT - 30 * minute,
                from_session="i-1",
                from_event="w-1",
            )
        ],
        verifications=[
            IdentitySession(
                id="i-1",
                session_id="ids_1",
                patient_id=PERSON,
                status="completed",
                created_by="Sam",
                created_at=AT - 40 * minute,
                verified_at=AT - 30 * minute,
            )
        ],
        messages=[
            WebhookEvent(
                id="w-1",
                message_id="m-1",
                type="ias.identity.verified",
                received_at=AT - 30 * minute,
                signature_status="valid",
                status="processed",
            )
        ],
        aal2_sessions=[
            Aal2Session(
                id="s-1",
                challenge_id="a-1",
                patient_id=PERSON,
                proofed_identity_id="pid-1",
                fingerprint="f-1",
                verified_at=AT - 5 * minute,
                used_by="q-1",
                used_at=AT,
                ended_at=AT,
                end_reason="used",
            )
        ],
        challenges=[
            Aal2Challenge(
                id="a-1",
                challenge_id="aalc_1",
                patient_id=PERSON,
                proofed_identity_id="pid-1",
                method="webauthn",
                status="pending",
                created_by="Sam",
                created_at=AT - 8 * minute,
                returned_at=AT - 5 * minute,
                returned_status="verified",
                returns=1,
            )
        ],
        requests=[
            RecordRequest(
                id="rr-1",
                patient_id=PERSON,
                conversion_type="json",
                status="completed",
                started_by="Sam",
                submitted_at=AT + 5 * minute,
                counted_at=AT + 6 * minute,
                resource_counts={"Condition": 4},
            )
        ],
        looks=[
            RecordLook(
                id="l-1",
                patient_id=PERSON,
                act="download",
                actor_id=SAM,
                actor="Sam",
                reason="Asked by the person",
                at=AT + 10 * minute,
            )
        ],
        look_events=[event(2, "records.download", "l-1", at=AT + 10 * minute)],
    )
    return _changed(Chain(pool), changes)


def treatment(**changes: Any) -> Chain:
    """A treatment query of which nothing lacks; `changes` are columns of the query."""
    query = NetworkQuery(
        id="q-1",
        request_id="r-1",
        patient_id=PERSON,
        facility_id="f-1",
        purpose="treatment",
        origin="dashboard",
        status="completed",
        requested="hie",
        started_by_id=SAM,
        started_by="Sam",
        reason="Visit preparation",
        submitted_at=AT,
        finished_at=AT + timedelta(minutes=1),
    )
    pool = RowPool(
        queries=[query],
        sources=[QuerySource(id=1, query_id="q-1", type="hie", status="completed")],
        starts=[event(1, "queries.start", "q-1", outcome="asked")],
        staff_sessions=[staff_session()],
    )
    return _changed(Chain(pool), changes)


def external(purpose: str) -> Chain:
    """A query that another program started: nothing but upstream's messages tells of it."""
    query = NetworkQuery(
        id="q-1",
        request_id="r-1",
        patient_id=PERSON,
        purpose=purpose,
        origin="external",
        status="completed",
        submitted_at=AT,
        finished_at=AT + timedelta(minutes=1),
        checks=1,
    )
    sources = [QuerySource(id=1, query_id="q-1", type="hie", status="completed")]
    return Chain(RowPool(queries=[query], sources=sources))


def bulk(chain: Chain) -> None:
    """Make the query one of a bulk run."""
    item, run = bulk_rows()
    chain.pool.bulk_items, chain.pool.bulk_runs = [item], [run]


def _changed(chain: Chain, changes: dict[str, Any]) -> Chain:
    for name, value in changes.items():
        setattr(chain.query, name, value)
    return chain


Edit = Callable[[Chain], object]
