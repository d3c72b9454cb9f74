"""What a reviewer hands in, whether it can be used, and the row that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from services.compliance.reviews.people import KnownMember, known_member
from services.compliance.reviews.review_state import Judgement, ReviewStatus, bar_to
from services.errors import AccessDeskError, InvalidInput, NotPermitted
from services.ids import new_id
from services.staff.permissions import Actor
from services.store.columns import storable
from services.store.tables import Assessment, ReviewDecision, ReviewItem
from services.vault import Vault

LONGEST_NOTE = 10_000
"""The most characters of a note."""

LONGEST_FOLLOW_UP = timedelta(days=366)

JUDGEMENT_NAMES = {
    Judgement.JUSTIFIED: "justified",
    Judgement.NOT_JUSTIFIED: "not justified",
    Judgement.FOLLOW_UP: "needs follow-up",
}


class OwnItem(NotPermitted):
    """A reviewer wanted to review what they did themselves."""

    next_step = "Leave it to another reviewer."


class DecidedMeanwhile(AccessDeskError):
    """Another reviewer has decided since the item was shown. The text says who decided what."""

    kept = "Nothing of yours was saved. Your note is still in the form."
    next_step = "Look at what was decided, then decide again if you need to."


class FindingsChanged(AccessDeskError):
    """The rules have found something since the item was shown."""

    kept = "Nothing of yours was saved. Your note is still in the form."
    next_step = "Look at the new finding, then decide again."


class AssignedMeanwhile(AccessDeskError):
    """The item was given to somebody since it was shown."""

    kept = "Nothing was changed."
    next_step = "Assign it again if it still needs another reviewer."


@dataclass(frozen=True)
class Decision:
    """What a reviewer decides of an item as they saw it.

    `findings` and `seen_decisions` are what was shown: its findings, and how many decisions it had.
    `owner_id`, the stable id of a member of the staff, and `due_on` (UTC) go with a follow-up.
    """

    judgement: str
    findings: Sequence[str]
    seen_decisions: int
    note: str = ""
    owner_id: str | None = None
    due_on: date | None = None

    def check(self, today: date) -> None:
        """Raise `InvalidInput` with what is wrong of each field, unless it can be used."""
        complaints = {
            "judgement": "" if self.judgement in tuple(Judgement) else "Choose a decision.",
            "note": _check_note(self.note.strip()),
        }
        if self.judgement == Judgement.FOLLOW_UP:
            complaints["owner"] = "" if self.owner_id else "Choose who follows up."
            complaints["due_on"] = _check_day(self.due_on, today)
        found = {name: complaint for name, complaint in complaints.items() if complaint}
        if found:
            raise InvalidInput(" ".join(found.values()), found)


def _check_note(note: str) -> str:
    if len(note) <= LONGEST_NOTE:
        return ""
    return f"The note has {len(note):,} characters; at most {LONGEST_NOTE:,} can be kept."


def _check_day(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "Choose the day on which it comes back."
    if not today < due_on <= today + LONGEST_FOLLOW_UP:
        return "Choose a day between tomorrow and a year from now (UTC)."
    return ""


def check_seen(item: ReviewItem, last: ReviewDecision | None, decision: Decision) -> None:
    """Raise unless the item is as it was when the reviewer saw it, and open.

    Raises `DecidedMeanwhile`, `FindingsChanged` and, for a closed item, `InvalidInput`.
    """
    if last is not None and item.decisions != decision.seen_decisions:
        said = JUDGEMENT_NAMES[Judgement(last.decision)]
        raise DecidedMeanwhile(f"{last.reviewer} has just decided: {said}.")
    if item.closed_at is not None:
        raise InvalidInput("This item is closed.", {"judgement": "The item is closed."})
    if any(rule not in decision.findings for rule in item.findings):
        raise FindingsChanged("A new finding has come since you opened this item.")


def find_owner(session: Session, decision: Decision) -> KnownMember | None:
    """Who follows up; None without a follow-up. Raises `InvalidInput` for somebody unknown."""
    if decision.judgement != Judgement.FOLLOW_UP:
        return None
    owner = known_member(session, decision.owner_id or "")
    if owner is None:
        complaint = "Choose somebody who has signed in before."
        raise InvalidInput(complaint, {"owner": complaint})
    return owner


def make_decision(
    session: Session, vault: Vault, actor: Actor, item: ReviewItem, decision: Decision, at: datetime
) -> ReviewDecision:
    """The row of the decision, its note encrypted. Raises `InvalidInput` for an unknown owner."""
    owner = find_owner(session, decision)
    note = storable(decision.note.strip())
    assessment = session.get(Assessment, item.subject)
    return ReviewDecision(
        id=new_id(at),
        item_id=item.id,
        number=item.decisions + 1,
        opening=item.openings,
        reviewer_id=actor.id,
        reviewer=actor.name,
        role=actor.role.value,
        decision=decision.judgement,
        findings=list(decision.findings),
        rules_version=assessment.rules_version if assessment else "",
        note=vault.encrypt(note.encode()) if note else None,
        owner_id=owner.id if owner else None,
        owner=owner.name if owner else None,
        due_on=decision.due_on if owner else None,
        at=at,
    )


def check_reviewer(session: Session, item: ReviewItem, to: str | None) -> KnownMember | None:
    """Whom the item is given to; raises `InvalidInput` for somebody who cannot review it."""
    if item.status == ReviewStatus.CLOSED:
        raise InvalidInput("This item is closed.")
    member = known_member(session, to) if to else None
    if to and (member is None or not member.is_reviewer):
        raise InvalidInput("Choose somebody who may review.")
    if member and bar_to(member.id, item.actor_id, item.status):
        raise InvalidInput("They did themselves what is to be reviewed: choose somebody else.")
    return member
