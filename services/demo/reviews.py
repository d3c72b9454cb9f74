"""What reviewers have decided in the sandbox's past.

They have worked off the individual access queries of another program up to a fortnight ago. One of
them waits for a second reviewer, one is followed up, and one was not justified.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, insert, select

from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.review_state import Judgement, ReviewStatus
from services.compliance.rules.rule_sets import rules_on
from services.demo.example import Act
from services.ids import new_id
from services.queries.requests import IAS
from services.queries.updates import EXTERNAL
from services.staff.members import SANDBOX_STAFF, StaffMember
from services.staff.permissions import Role
from services.store.tables import NetworkQuery, ReviewDecision, ReviewItem
from services.vault import Vault

_UNTIL = timedelta(days=14)
_OPENED_AFTER, _DECIDED_AFTER, _SECOND_AFTER = timedelta(hours=1), timedelta(days=1), timedelta(3)
_FINDING = "external_ias"

_CARMEN, _ALEX = SANDBOX_STAFF[Role.COMPLIANCE], SANDBOX_STAFF[Role.ADMIN]
_ROLES = {_CARMEN.id: Role.COMPLIANCE, _ALEX.id: Role.ADMIN}
_YES, _NO, _LATER = Judgement.JUSTIFIED, Judgement.NOT_JUSTIFIED, Judgement.FOLLOW_UP

_KNOWN = "Started by the company’s member portal, which keeps its own evidence. Checked there."
_UNKNOWN = "The member portal has no trace of this request. Its team has been told."
_ASKED = "The member portal is asked for the consent and the session of this request."
_TO_SECOND = "No session of the member portal fits the time. A second look, please."

Said = tuple[StaffMember, timedelta, Judgement, str]

_USUAL: Sequence[Said] = ((_CARMEN, _DECIDED_AFTER, _YES, _KNOWN),)
_SPECIAL: Sequence[tuple[ReviewStatus, Judgement | None, Sequence[Said]]] = (
    (ReviewStatus.SECOND, None, ((_CARMEN, _DECIDED_AFTER, _NO, _TO_SECOND),)),
    (ReviewStatus.FOLLOW_UP, None, ((_CARMEN, _DECIDED_AFTER, _LATER, _ASKED),)),
    (
        ReviewStatus.CLOSED,
        _NO,
        ((_CARMEN, _DECIDED_AFTER, _NO, _UNKNOWN), (_ALEX, _SECOND_AFTER, _NO, _UNKNOWN)),
    ),
)
"""What became of the newest of them, in this order: the status, the outcome, what was said."""

Row = dict[str, Any]


def fill_reviews(session: Session, vault: Vault, now: datetime) -> list[Act]:
    """Add the items and their decisions; answers the acts that the access log holds of them.

    `now` is the first start (aware UTC).
    """
    items: list[Row] = []
    decisions: list[Row] = []
    for number, query in enumerate(_reviewed(session, now)):
        status, outcome, said = (
            _SPECIAL[number] if number < len(_SPECIAL) else (ReviewStatus.CLOSED, _YES, _USUAL)
        )
        item = _item(query, status, outcome, said, now)
        items.append(item)
        decisions += _decisions(vault, query, item, said)
    if items:
        session.exec(insert(ReviewItem), params=items)
        session.exec(insert(ReviewDecision), params=decisions)
    patients = {item["id"]: item["patient_id"] for item in items}
    return [_act(decision, patients[decision["item_id"]]) for decision in decisions]


def _reviewed(session: Session, now: datetime) -> Sequence[NetworkQuery]:
    """The IAS queries of another program that reviewers have judged, newest first."""
    wanted = select(NetworkQuery).where(col(NetworkQuery.origin) == EXTERNAL)
    wanted = wanted.where(col(NetworkQuery.purpose) == IAS)
    wanted = wanted.where(col(NetworkQuery.submitted_at) < now - _UNTIL)
    return session.exec(wanted.order_by(col(NetworkQuery.submitted_at).desc())).all()


def _item(
    query: NetworkQuery,
    status: ReviewStatus,
    outcome: Judgement | None,
    said: Sequence[Said],
    now: datetime,
) -> Row:
    opened_at = query.submitted_at + _OPENED_AFTER
    follows = status is ReviewStatus.FOLLOW_UP
    return {
        "id": new_id(opened_at),
        "subject": query.id,
        "kind": "query",
        "purpose": query.purpose,
        "patient_id": query.patient_id,
        "actor_id": None,
        "actor": None,
        "at": query.submitted_at,
        "severity": Severity.SERIOUS.value,
        "findings": [_FINDING],
        "opened_at": opened_at,
        "status": status.value,
        "due_on": (now + timedelta(days=5)).date() if follows else None,
        "closed_at": query.submitted_at + said[-1][1] if outcome else None,
        "outcome": outcome.value if outcome else None,
        "decisions": len(said),
        "openings": 1,
    }


def _decisions(vault: Vault, query: NetworkQuery, item: Row, said: Sequence[Said]) -> Iterator[Row]:
    for number, (member, after, judgement, note) in enumerate(said, start=1):
        at = query.submitted_at + after
        owner = _CARMEN if judgement is _LATER else None
        yield {
            "id": new_id(at),
            "item_id": item["id"],
            "number": number,
            "opening": 1,
            "reviewer_id": member.id,
            "reviewer": member.name,
            "role": _ROLES[member.id].value,
            "decision": judgement.value,
            "findings": [_FINDING],
            "rules_version": rules_on(query.submitted_at.date()).version,
            "note": vault.encrypt(note.encode()),
            "owner_id": owner.id if owner else None,
            "owner": owner.name if owner else None,
            "due_on": item["due_on"] if owner else None,
            "at": at,
        }


def _act(decision: Row, patient_id: str) -> Act:
    details = {name: decision[name] for name in ("decision", "number", "findings")}
    event = {
        "patient_id": patient_id,
        "object_kind": "review",
        "object_id": decision["item_id"],
        "details": details,
    }
    return Act(decision["reviewer_id"], decision["at"], "review.decide", event)
