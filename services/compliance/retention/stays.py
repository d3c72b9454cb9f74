"""What must stay, and what something that stays rests on: conditions of a SELECT, never null.

A query stays as long as it is young, held or under review. What its evidence rests on stays with
it, however old: its AAL2 session and challenge, its identity and what brought that, its consent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select

from services.compliance.retention.holds import Held
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
    StartCheck,
    WebhookEvent,
)

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Policy:
    """What is older than these moments (UTC) is due, unless it is held."""

    log: datetime
    bodies: datetime
    held: Held


Test = Callable[[Policy], Condition]


def is_under_review(subject: Any, policy: Policy) -> Condition:
    """The subject waits for a reviewer, or its review was closed less than `RETENTION_LOG` ago."""
    closed = col(ReviewItem.closed_at)
    return exists(
        select(ReviewItem.id).where(
            col(ReviewItem.subject) == subject, or_(closed.is_(None), closed >= policy.log)
        )
    )


def query_stays(policy: Policy) -> Condition:
    """Whether a network query stays."""
    at = col(NetworkQuery.submitted_at)
    return or_(
        at >= policy.log,
        policy.held.covers(col(NetworkQuery.patient_id), at),
        is_under_review(col(NetworkQuery.id), policy),
    )


def _young_or_after(column: Any, moment: datetime) -> Condition:
    """Whether a time that may be unknown is at or after the moment."""
    return and_(column.is_not(None), column >= moment)


def challenge_rests(policy: Policy) -> Condition:
    """A query that stays used a session of the challenge."""
    used = select(Aal2Session.id).join(
        NetworkQuery, col(NetworkQuery.id) == col(Aal2Session.used_by)
    )
    of_it = col(Aal2Session.challenge_id) == col(Aal2Challenge.id)
    return exists(used.where(of_it, query_stays(policy)))


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
    inactive = _young_or_after(col(ProofedIdentity.inactive_at), policy.log)
    return or_(inactive, exists(query), exists(challenge))


def identity_stays(policy: Policy) -> Condition:
    """Whether a proofed identity stays."""
    at = col(ProofedIdentity.verified_at)
    held = policy.held.covers(col(ProofedIdentity.patient_id), at)
    return or_(at >= policy.log, held, identity_rests(policy))


def session_rests(policy: Policy) -> Condition:
    """An identity that stays came of the identity session."""
    of_it = col(ProofedIdentity.from_session) == col(IdentitySession.id)
    return exists(select(ProofedIdentity.proofed_identity_id).where(of_it, identity_stays(policy)))


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
    """A query that stays was started under the consent, or the consent was the newest before it."""
    checks = select(StartCheck.query_id).join(
        NetworkQuery, col(NetworkQuery.id) == col(StartCheck.query_id)
    )
    named = checks.where(col(StartCheck.consent_id) == col(Consent.id), query_stays(policy))
    return or_(exists(named), exists(_queries_after_consent(policy)))


def _queries_after_consent(policy: Policy) -> Any:
    """A query from elsewhere names no consent: that of its time is found by the person."""
    later = aliased(Consent)
    person, given = col(Consent.patient_id), col(Consent.given_at)
    next_one = select(later.id).where(
        later.patient_id == person,
        later.given_at > given,  # type: ignore[operator]
        later.given_at <= col(NetworkQuery.submitted_at),  # type: ignore[operator]
    )
    return select(NetworkQuery.id).where(
        col(NetworkQuery.patient_id) == person,
        col(NetworkQuery.submitted_at) >= given,
        query_stays(policy),
        ~exists(next_one),
    )


def consent_stays(policy: Policy) -> Condition:
    """Whether a consent stays: in force, over for less than `RETENTION_LOG`, held, or needed."""
    ends, revoked = col(Consent.ends_at), col(Consent.revoked_at)
    young = and_(
        or_(ends.is_(None), ends >= policy.log), or_(revoked.is_(None), revoked >= policy.log)
    )
    return or_(young, consent_held(policy), consent_rests(policy))


def consent_held(policy: Policy) -> Condition:
    """A hold covers a day on which the consent was in force."""
    end = _first_of(col(Consent.ends_at), col(Consent.revoked_at))
    return policy.held.covers(col(Consent.patient_id), col(Consent.given_at), end)


def _first_of(one: Any, other: Any) -> Any:
    """The earlier of two times of which one may be null, on both databases."""
    return case((one.is_(None), other), (other.is_(None), one), (one < other, one), else_=other)
