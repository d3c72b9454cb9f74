"""What must stay, and what something that stays rests on: conditions of a SELECT, never null.

A query stays as long as it is young, held or under review. What its evidence rests on stays with
it, however old: its AAL2 session and challenge, its identity and what brought that, the person's
consents, and what the person and others did for them shortly before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select

from services.compliance.evidence.rows import BEFORE
from services.compliance.retention.holds import Held
from services.queries.requests import TREATMENT
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    BulkItem,
    BulkRun,
    Consent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    RecordRequest,
    ReviewItem,
    WebhookEvent,
)

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Policy:
    """What is older than these moments (UTC) is due, unless it is held."""

    log: datetime
    bodies: datetime
    held: Held

    @property
    def before(self) -> datetime:
        """The evidence of a query at `log` rests on what the person did from this moment on."""
        return self.log - BEFORE


Test = Callable[[Policy], Condition]


def is_under_review(subject: Any, policy: Policy) -> Condition:
    """The subject waits for a reviewer, or its review was closed less than `RETENTION_LOG` ago."""
    closed = col(ReviewItem.closed_at)
    return exists(
        select(ReviewItem.id).where(
            col(ReviewItem.subject) == subject, or_(closed.is_(None), closed >= policy.log)
        )
    )


def person_is_under_review(patient: Any, policy: Policy) -> Condition:
    """An old query of the person is under review: what is near it belongs to its evidence."""
    old = aliased(NetworkQuery)
    of_person = select(old.id).where(
        old.patient_id == patient,
        old.submitted_at < policy.log,
        is_under_review(old.id, policy),
    )
    return exists(of_person)


def query_rests(policy: Policy) -> Condition:
    """The evidence of a query that stays looks at this one, or somebody reviews one of the person.

    A young query is judged by those of the two days before it, too.
    """
    young = aliased(NetworkQuery)
    at, person = col(NetworkQuery.submitted_at), col(NetworkQuery.patient_id)
    soon_after = select(young.id).where(
        young.patient_id == person,
        young.submitted_at >= policy.log,
        young.submitted_at <= policy.log + BEFORE,
    )
    is_near = and_(at >= policy.before, exists(soon_after))
    return or_(is_near, person_is_under_review(person, policy))


def query_stays(policy: Policy) -> Condition:
    """Whether a network query stays."""
    at = col(NetworkQuery.submitted_at)
    held = policy.held.covers(col(NetworkQuery.patient_id), at)
    return or_(at >= policy.log, held, query_rests(policy))


def challenge_rests(policy: Policy) -> Condition:
    """A query that stays used a session of the challenge, or one of the person is under review."""
    session, query = Aal2Session, NetworkQuery
    used = or_(col(query.id) == col(session.used_by), col(query.aal2_session_id) == col(session.id))
    # By the person, whose index finds the few queries that may have used it.
    of_person = col(query.patient_id) == col(session.patient_id)
    users = select(session.id).join(query, and_(of_person, used))
    of_it = col(session.challenge_id) == col(Aal2Challenge.id)
    review = person_is_under_review(col(Aal2Challenge.patient_id), policy)
    return or_(exists(users.where(of_it, query_stays(policy))), review)


def identity_rests(policy: Policy) -> Condition:
    """The identity was in use less than `RETENTION_LOG` ago, or a query that stays names it."""
    query = select(NetworkQuery.id).where(
        col(NetworkQuery.proofed_identity_id) == col(ProofedIdentity.proofed_identity_id),
        # Said once more for the partial index.
        col(NetworkQuery.proofed_identity_id).is_not(None),
        query_stays(policy),
    )
    challenge = select(Aal2Challenge.id).where(
        col(Aal2Challenge.patient_id) == col(ProofedIdentity.patient_id),
        col(Aal2Challenge.created_at) >= policy.log,
    )
    inactive = col(ProofedIdentity.inactive_at)
    young = and_(inactive.is_not(None), inactive >= policy.log)
    return or_(young, exists(query), exists(challenge))


def identity_stays(policy: Policy) -> Condition:
    """Whether a proofed identity stays."""
    at = col(ProofedIdentity.verified_at)
    held = policy.held.covers(col(ProofedIdentity.patient_id), at)
    return or_(at >= policy.log, held, identity_rests(policy))


def verification_rests(policy: Policy) -> Condition:
    """An identity that stays came of it, or a query of the person is under review."""
    of_it = col(ProofedIdentity.from_session) == col(IdentitySession.id)
    named = select(ProofedIdentity.proofed_identity_id).where(of_it, identity_stays(policy))
    review = person_is_under_review(col(IdentitySession.patient_id), policy)
    return or_(exists(named), review)


def brought_identity(policy: Policy) -> Condition:
    """An identity that stays came with the webhook."""
    of_it = col(ProofedIdentity.from_event) == col(WebhookEvent.id)
    return exists(select(ProofedIdentity.proofed_identity_id).where(of_it, identity_stays(policy)))


def webhook_rests(policy: Policy) -> Condition:
    """A query or a request for records is there that the webhook is about, or an identity.

    The webhooks of a query go with it, in its own transaction: here they stay in any case.
    """
    asked = col(WebhookEvent.request_id)
    query = select(NetworkQuery.id).where(col(NetworkQuery.request_id) == asked)
    at = col(RecordRequest.submitted_at)
    records = select(RecordRequest.id).where(
        col(RecordRequest.request_id) == asked,
        or_(at >= policy.log, policy.held.covers(col(RecordRequest.patient_id), at)),
    )
    return or_(exists(query), exists(records), brought_identity(policy))


def run_rests(policy: Policy) -> Condition:
    """The bulk run has a held person, or a query of it stays."""
    items = select(BulkItem.id).where(col(BulkItem.run_id) == col(BulkRun.id))
    held = policy.held.covers(col(BulkItem.patient_id), col(BulkRun.created_at))
    queries = items.join(NetworkQuery, col(NetworkQuery.id) == col(BulkItem.query_id))
    return or_(exists(items.where(held)), exists(queries.where(query_stays(policy))))


def consent_rests(policy: Policy) -> Condition:
    """A query that stays was started after it, or its withdrawal still ends another consent.

    Which consent counted at a moment is computed of all that were given before it.
    """
    person, given = col(Consent.patient_id), col(Consent.given_at)
    queries = select(NetworkQuery.id).where(
        col(NetworkQuery.patient_id) == person,
        col(NetworkQuery.purpose) != TREATMENT,
        col(NetworkQuery.submitted_at) >= given,
        query_stays(policy),
    )
    other = aliased(Consent)
    # Without the withdrawal, an older consent that has no end of its own would count again.
    ended_by_it = select(other.id).where(
        other.patient_id == person,
        other.id != col(Consent.id),
        other.given_at <= col(Consent.revoked_at),
        _is_young(other, policy),
    )
    return or_(exists(queries), exists(ended_by_it))


def consent_stays(policy: Policy) -> Condition:
    """Whether a consent stays: in force, over for less than `RETENTION_LOG`, held, or needed."""
    return or_(_is_young(Consent, policy), consent_held(policy), consent_rests(policy))


def _is_young(table: Any, policy: Policy) -> Condition:
    ends, revoked = table.ends_at, table.revoked_at
    return and_(
        or_(ends.is_(None), ends >= policy.log), or_(revoked.is_(None), revoked >= policy.log)
    )


def consent_held(policy: Policy) -> Condition:
    """A hold covers a day on which the consent was in force."""
    end = _first_of(col(Consent.ends_at), col(Consent.revoked_at))
    return policy.held.covers(col(Consent.patient_id), col(Consent.given_at), end)


def _first_of(one: Any, other: Any) -> Any:
    """The earlier of two times of which one may be null, on both databases."""
    return case((one.is_(None), other), (other.is_(None), one), (one < other, one), else_=other)
