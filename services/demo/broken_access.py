"""How the evidence of individual access queries of the sandbox's past is broken: one way each."""

from datetime import timedelta

from sqlmodel import col, select

from services.demo.example import STEP, Break, Example
from services.identity.consent.consent_state import RevokedWay
from services.identity.drift.fields import ADDRESS
from services.identity.drift.proofed import DriftVerdict
from services.ids import new_id
from services.queries.requests import DRIFT_REASONS
from services.queries.status import COMPLETED, NOT_STARTED, PROCESSING
from services.staff.members import COLLEAGUES
from services.staff.permissions import Role
from services.store.tables import (
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    StartCheck,
    WebhookEvent,
)


def _consent_missing(one: Example) -> None:
    check = one.check
    one.session.delete(one.consent)
    check.consent, check.consent_id = "none", None


def _identity_not_verified(one: Example) -> None:
    late = one.query.submitted_at + timedelta(minutes=25)
    identity = one.get(ProofedIdentity, one.query.proofed_identity_id)
    identity.verified_at = late
    one.get(WebhookEvent, identity.from_event).received_at = late
    if identity.from_session:
        one.get(IdentitySession, identity.from_session).verified_at = late


def _aal2_too_idle(one: Example) -> None:
    one.challenged(timedelta(minutes=47))


def _demographics_drifted(one: Example) -> None:
    check = one.check
    check.demographics, check.drifted = DriftVerdict.DRIFTED.value, [ADDRESS]
    check.drift_reason = DRIFT_REASONS[2]


def _started_without_role(one: Example) -> None:
    one.odd.starts[one.query.id] = {"role": Role.PRODUCT.value}


def _consent_revoked(one: Example) -> None:
    consent, check = one.consent, one.check
    consent.revoked_at = one.query.submitted_at - timedelta(hours=3)
    consent.given_at = min(consent.given_at, consent.revoked_at - timedelta(days=1))
    consent.revoked_way, check.consent = RevokedWay.LINK.value, "revoked"


def _demographics_incomplete(one: Example) -> None:
    one.check.missing = ["street", "zip"]


def _aal2_used_twice(one: Example) -> None:
    """A second query with the session of the first, which upstream took."""
    first, at = one.query, one.query.submitted_at + timedelta(minutes=6)
    values = first.model_dump(exclude={"id", "request_id"})
    second = NetworkQuery(**values, id=new_id(at), request_id=new_id(at))
    second.submitted_at, second.started_at = at, at
    second.finished_at = at + timedelta(seconds=40)
    one.session.add(second)
    one.session.flush()
    one.session.add(
        QuerySource(
            query_id=second.id,
            type="hie",
            status=COMPLETED,
            started_at=at,
            completed_at=second.finished_at,
        )
    )
    check = one.check.model_dump() | {"query_id": second.id, "at": at}
    one.session.add(StartCheck(**check))


def _aal2_missing(one: Example) -> None:
    aal2 = one.aal2
    aal2.used_by = aal2.used_at = one.query.aal2_session_id = None


def _consent_ended(one: Example) -> None:
    consent = one.consent
    consent.ends_at = one.query.submitted_at - timedelta(days=2)
    consent.given_at = min(consent.given_at, consent.ends_at - timedelta(days=365))
    one.check.consent = "ended"


def _identity_of_another(one: Example) -> None:
    others = select(ProofedIdentity).where(
        col(ProofedIdentity.patient_id) != one.query.patient_id,
        col(ProofedIdentity.verified_at) < one.query.submitted_at,
    )
    other = one.session.exec(others.order_by(col(ProofedIdentity.verified_at)).limit(1)).one()
    one.query.proofed_identity_id = other.proofed_identity_id


def _start_not_noted(one: Example) -> None:
    one.odd.unnoted.add(one.query.id)


def _demographics_not_compared(one: Example) -> None:
    one.check.demographics = DriftVerdict.NOT_CAPTURED.value


def _aal2_too_old(one: Example) -> None:
    one.challenged(timedelta(hours=13))
    _proof_before(one, timedelta(hours=14))


def _proof_before(one: Example, before: timedelta) -> None:
    """Move the proofing and the consent so long before the start."""
    at = one.query.submitted_at - before
    identity = one.get(ProofedIdentity, one.query.proofed_identity_id)
    identity.verified_at = at
    one.get(WebhookEvent, identity.from_event).received_at = at
    one.consent.given_at = one.consent.recorded_at = at - STEP


def _unconfirmed(one: Example) -> None:
    query = one.query
    query.status, query.request_id, query.started_at = NOT_STARTED, None, None
    query.error_kind, query.error_detail = "no_answer", "Metriport did not answer in time."
    query.finished_at = query.submitted_at + timedelta(hours=24)
    for source in one.sources:
        source.status, source.started_at, source.completed_at = NOT_STARTED, None, None


def _still_running(one: Example) -> None:
    one.query.status, one.query.finished_at = PROCESSING, None
    for source in one.sources[:1]:
        source.status, source.completed_at = PROCESSING, None


def _consent_recorded_late(one: Example) -> None:
    one.consent.recorded_at = one.query.submitted_at + timedelta(days=1)


def _identity_unsigned(one: Example) -> None:
    one.get(ProofedIdentity, one.query.proofed_identity_id).from_event = None


def _demographics_unchecked(one: Example) -> None:
    one.session.delete(one.check)


def _no_reason(one: Example) -> None:
    _consent_missing(one)
    _aal2_missing(one)
    one.query.ticket = None


def _start_contradicted(one: Example) -> None:
    others = (member.id for member in COLLEAGUES if member.id != one.query.started_by_id)
    one.odd.starts[one.query.id] = {"staff_id": next(others)}


def _clocks(one: Example) -> None:
    one.query.finished_at = one.query.submitted_at - timedelta(minutes=7)


BREAKS: tuple[Break, ...] = (
    _consent_missing,
    _aal2_too_idle,
    _demographics_drifted,
    _started_without_role,
    _identity_not_verified,
    _demographics_incomplete,
    _consent_revoked,
    _aal2_used_twice,
    _start_not_noted,
    _consent_recorded_late,
    _identity_of_another,
    _aal2_missing,
    _unconfirmed,
    _consent_ended,
    _demographics_not_compared,
    _aal2_too_old,
    _identity_unsigned,
    _clocks,
    _still_running,
    _no_reason,
    _start_contradicted,
    _demographics_unchecked,
)
