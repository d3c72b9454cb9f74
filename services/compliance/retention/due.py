"""Which rows are due, kind by kind, and what goes with each of them in one transaction.

The order matters: what rests on something goes before it.
"""

from typing import Any

from sqlalchemy import or_
from sqlmodel import SQLModel, col, exists, select

from services.compliance.retention.kinds import Keys, Kind, Part
from services.compliance.retention.stays import (
    Condition,
    Policy,
    Test,
    brought_identity,
    challenge_rests,
    consent_held,
    consent_rests,
    consent_stays,
    identity_rests,
    is_under_review,
    person_is_under_review,
    query_rests,
    run_rests,
    verification_rests,
    webhook_rests,
)
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Assessment,
    AuditEvent,
    BulkItem,
    BulkRun,
    Consent,
    ConsentText,
    Finding,
    IdentitySession,
    LegalHold,
    NetworkQuery,
    PatientLink,
    ProofedDemographics,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    ReviewDecision,
    ReviewItem,
    ReviewSample,
    StaffSession,
    StartCheck,
    UpstreamCall,
    WebhookEvent,
)

RECEIVED = "received"
"""The status of a webhook that waits to be interpreted: without its body it never could be."""

EVENT = "event "
"""How the subject of an assessment begins that is a look, and no query."""


def _by(table: type[SQLModel], column: Any) -> Part:
    return Part(table, lambda keys, _: column.in_(keys))


def _not(test: Test) -> Test:
    return lambda policy: ~test(policy)


def _held(patient: Any, start: Any, end: Any = None) -> Test:
    return lambda policy: policy.held.covers(patient, start, end)


def _no_review_of(patient: Any) -> Test:
    return lambda policy: ~person_is_under_review(patient, policy)


def _decisions(keys: Keys, _: Policy) -> Condition:
    items = select(ReviewItem.id).where(col(ReviewItem.subject).in_(keys))
    return col(ReviewDecision.item_id).in_(items)


def _webhooks(keys: Keys, policy: Policy) -> Condition:
    asked = select(NetworkQuery.request_id).where(
        col(NetworkQuery.id).in_(keys), col(NetworkQuery.request_id).is_not(None)
    )
    held = policy.held.covers(col(WebhookEvent.patient_id), col(WebhookEvent.received_at))
    return col(WebhookEvent.request_id).in_(asked) & ~held & ~brought_identity(policy)


def _calls(keys: Keys, policy: Policy) -> Condition:
    held = policy.held.covers(col(UpstreamCall.patient_id), col(UpstreamCall.at))
    return col(UpstreamCall.query_id).in_(keys) & ~held


def _unused_sessions(keys: Keys, _: Policy) -> Condition:
    # A used one goes with its query.
    return col(Aal2Session.challenge_id).in_(keys) & col(Aal2Session.used_by).is_(None)


_ASSESSED = (
    Part(ReviewDecision, _decisions),
    _by(ReviewItem, col(ReviewItem.subject)),
    _by(Finding, col(Finding.subject)),
)

_QUERIES = Kind(
    NetworkQuery,
    col(NetworkQuery.id),
    col(NetworkQuery.submitted_at),
    (
        _not(_held(col(NetworkQuery.patient_id), col(NetworkQuery.submitted_at))),
        _not(query_rests),
    ),
    (
        *_ASSESSED,
        _by(Assessment, col(Assessment.subject)),
        _by(StartCheck, col(StartCheck.query_id)),
        _by(QuerySource, col(QuerySource.query_id)),
        _by(Aal2Session, col(Aal2Session.used_by)),
        Part(UpstreamCall, _calls),
        Part(WebhookEvent, _webhooks),
    ),
    at_once=200,
)

_LOOKS = Kind(
    Assessment,
    col(Assessment.subject),
    col(Assessment.at),
    (
        lambda _: col(Assessment.subject).startswith(EVENT),
        _not(_held(col(Assessment.patient_id), col(Assessment.at))),
        lambda policy: ~is_under_review(col(Assessment.subject), policy),
    ),
    _ASSESSED,
)

_CHALLENGES = Kind(
    Aal2Challenge,
    col(Aal2Challenge.id),
    col(Aal2Challenge.created_at),
    (
        lambda policy: col(Aal2Challenge.created_at) < policy.before,
        _not(_held(col(Aal2Challenge.patient_id), col(Aal2Challenge.created_at))),
        _not(challenge_rests),
    ),
    (Part(Aal2Session, _unused_sessions), _by(PatientLink, col(PatientLink.target))),
)

_IDENTITIES = Kind(
    ProofedIdentity,
    col(ProofedIdentity.proofed_identity_id),
    col(ProofedIdentity.verified_at),
    (
        _not(_held(col(ProofedIdentity.patient_id), col(ProofedIdentity.verified_at))),
        _not(identity_rests),
    ),
    (_by(ProofedDemographics, col(ProofedDemographics.proofed_identity_id)),),
)

_VERIFICATIONS = Kind(
    IdentitySession,
    col(IdentitySession.id),
    col(IdentitySession.created_at),
    (
        lambda policy: col(IdentitySession.created_at) < policy.before,
        _not(_held(col(IdentitySession.patient_id), col(IdentitySession.created_at))),
        _not(verification_rests),
    ),
    (_by(PatientLink, col(PatientLink.target)),),
)


def _consents(ended: Any, *further: Test) -> Kind:
    tests = (*further, _not(consent_held), _not(consent_rests))
    return Kind(Consent, col(Consent.id), ended, tests)


def _has_no_old_end(policy: Policy) -> Condition:
    """Those that ended by themselves long ago are found by that."""
    return or_(col(Consent.ends_at).is_(None), col(Consent.ends_at) >= policy.log)


def _is_agreed_to(policy: Policy) -> Condition:
    named = col(Consent.text_hash) == col(ConsentText.text_hash)
    return exists(select(Consent.id).where(named, consent_stays(policy)))


def _has_events(_: Policy) -> Condition:
    of_it = col(AuditEvent.session_id) == col(StaffSession.id)
    return exists(select(AuditEvent.seq).where(of_it))


def _is_of_query(_: Policy) -> Condition:
    of_it = col(NetworkQuery.id) == col(UpstreamCall.query_id)
    return exists(select(NetworkQuery.id).where(of_it))


KINDS: tuple[Kind, ...] = (
    Kind(
        WebhookEvent,
        col(WebhookEvent.id),
        col(WebhookEvent.received_at),
        (
            lambda _: col(WebhookEvent.body).is_not(None),
            lambda _: col(WebhookEvent.status) != RECEIVED,
            _not(_held(col(WebhookEvent.patient_id), col(WebhookEvent.received_at))),
        ),
        empties="body",
    ),
    _QUERIES,
    _LOOKS,
    _CHALLENGES,
    _IDENTITIES,
    _VERIFICATIONS,
    Kind(
        RecordRequest,
        col(RecordRequest.id),
        col(RecordRequest.submitted_at),
        (
            _not(_held(col(RecordRequest.patient_id), col(RecordRequest.submitted_at))),
            _no_review_of(col(RecordRequest.patient_id)),
        ),
    ),
    Kind(
        RecordLook,
        col(RecordLook.id),
        col(RecordLook.at),
        (
            # One that no reviewer has seen waits for that.
            lambda _: col(RecordLook.seen_at).is_not(None),
            _not(_held(col(RecordLook.patient_id), col(RecordLook.at))),
            _no_review_of(col(RecordLook.patient_id)),
        ),
    ),
    _consents(col(Consent.ends_at)),
    _consents(col(Consent.revoked_at), _has_no_old_end),
    Kind(
        ConsentText,
        col(ConsentText.text_hash),
        col(ConsentText.first_used_at),
        (_not(_is_agreed_to),),
    ),
    Kind(
        WebhookEvent,
        col(WebhookEvent.id),
        col(WebhookEvent.received_at),
        (
            _not(_held(col(WebhookEvent.patient_id), col(WebhookEvent.received_at))),
            _not(webhook_rests),
        ),
    ),
    Kind(
        UpstreamCall,
        col(UpstreamCall.id),
        col(UpstreamCall.at),
        (_not(_held(col(UpstreamCall.patient_id), col(UpstreamCall.at))), _not(_is_of_query)),
    ),
    Kind(
        BulkRun,
        col(BulkRun.id),
        col(BulkRun.created_at),
        (
            lambda _: col(BulkRun.finished_at).is_not(None),
            _not(_held(None, col(BulkRun.created_at))),
            _not(run_rests),
        ),
        (_by(BulkItem, col(BulkItem.run_id)),),
        # A run has thousands of people.
        at_once=1,
    ),
    Kind(
        StaffSession,
        col(StaffSession.id),
        col(StaffSession.ended_at),
        (
            _not(_held(None, col(StaffSession.created_at), col(StaffSession.ended_at))),
            _not(_has_events),
        ),
    ),
    Kind(
        ReviewSample,
        col(ReviewSample.week),
        col(ReviewSample.drawn_at),
        (_not(_held(None, col(ReviewSample.drawn_at))),),
    ),
    Kind(LegalHold, col(LegalHold.id), col(LegalHold.lifted_at)),
)
"""Every kind, in the order in which they are purged."""
