"""The review queue as reviewers handle it: look, assign, decide, go to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_
from sqlmodel import Session, col, select

from services.clock import Clock
from services.compliance.reviews.deciding import (
    AssignedMeanwhile,
    Decision,
    OwnItem,
    check_reviewer,
    check_seen,
    make_decision,
)
from services.compliance.reviews.figures import ReviewFigures, read_figures
from services.compliance.reviews.listing import (
    Place,
    ReviewFilters,
    View,
    place_of,
    read_first,
    read_items,
)
from services.compliance.reviews.notes import read_note
from services.compliance.reviews.people import KnownMember, known_members
from services.compliance.reviews.review_state import (
    Bar,
    ReviewState,
    ReviewStatus,
    bar_to,
    may_help,
    state_of,
)
from services.compliance.reviews.votes import decisions_of, votes_among, votes_of
from services.errors import NotInLog
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.lists.paging import Page
from services.store.tables import ReviewDecision, ReviewItem, ReviewSample
from services.vault import Vault

_BATCH = 50

_OWN = "You started this query, or looked, yourself: nobody reviews what they did themselves."


@dataclass(frozen=True)
class ShownDecision:
    """A decision with its note in clear; None where the note's key is not known any more."""

    row: ReviewDecision
    note: str | None


@dataclass(frozen=True)
class OpenItem:
    """An item with its whole history, as one reviewer sees it.

    `decisions` are all of them, the first first. `bar` says why this reviewer cannot decide.
    `sample` is how the sample of its week was drawn, if it is in one.
    """

    item: ReviewItem
    state: ReviewState
    decisions: Sequence[ShownDecision]
    bar: Bar | None
    sample: ReviewSample | None


class Reviews:
    """Owns the table `review_decision`, and changes `review_item` as reviewers decide."""

    def __init__(self, store: Store, audit: Audit, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._vault = vault
        self._clock = clock

    def search(
        self, actor: Actor, filters: ReviewFilters, cursor: str | None = None
    ) -> Page[ReviewItem]:
        """One page of the queue; `cursor` is that of the page before.

        Raises `NotPermitted`, and `InvalidInput` for a text that is no cursor.
        """
        self._audit.require(actor, Permission.IAS_REVIEW)
        self._audit.look(actor, "reviews.search", details=filters.summary())
        with self._store.read() as session:
            return read_items(session, actor.id, filters, cursor)

    def figures(self, actor: Actor) -> ReviewFigures:
        """What is open, since when, and how bad it is. Raises `NotPermitted`."""
        self._audit.require(actor, Permission.IAS_FIGURES)
        with self._store.read() as session:
            return read_figures(session)

    def members(self, actor: Actor) -> list[KnownMember]:
        """Everybody whom a follow-up can be given to; some of them are reviewers."""
        self._audit.require(actor, Permission.IAS_REVIEW)
        with self._store.read() as session:
            return known_members(session)

    def open(self, actor: Actor, item_id: str) -> OpenItem:
        """An item with its history and notes. Raises `NotPermitted` and `NotInLog`."""
        self._audit.require(actor, Permission.IAS_REVIEW)
        with self._store.read() as session:
            item = session.get(ReviewItem, item_id)
            if item is None:
                raise NotInLog("The review queue has no item with this id.")
            shown = self._show(session, actor, item)
        self._look(actor, item)
        return shown

    def of_subject(self, actor: Actor, subject: str) -> OpenItem | None:
        """The item of a query or a look; None where it never was in the queue."""
        self._audit.require(actor, Permission.IAS_REVIEW)
        with self._store.read() as session:
            wanted = select(ReviewItem).where(col(ReviewItem.subject) == subject)
            item = session.exec(wanted).first()
            if item is None:
                return None
            shown = self._show(session, actor, item)
        self._look(actor, item)
        return shown

    def assign(
        self, actor: Actor, item_id: str, to: str | None, seen: str | None = None
    ) -> ReviewItem:
        """Give the item to a reviewer, by stable id, or to nobody; anybody may still decide it.

        `seen` is whom it was shown to belong to. Raises `NotPermitted`, `NotInLog`,
        `InvalidInput` for a closed item or somebody who cannot review it, and `AssignedMeanwhile`.
        """
        self._audit.require(actor, Permission.IAS_REVIEW)
        with self._store.write() as session:
            item = _lock_item(session, item_id)
            member = check_reviewer(session, item, to)
            if item.assigned_id not in (seen, to):
                owner = item.assigned or "nobody"
                raise AssignedMeanwhile(f"The item was just given to {owner}.")
            item.assigned_id = member.id if member else None
            item.assigned = member.name if member else None
            session.add(item)
            self._note(session, actor, "review.assign", item, {"to": to or ""})
        return item

    def decide(self, actor: Actor, item_id: str, decision: Decision) -> ReviewState:
        """Write the decision down; answers the state that it leads to.

        Raises `NotPermitted` (`OwnItem` for what the actor did themselves), `NotInLog`,
        `InvalidInput` with the fields that are wrong, `DecidedMeanwhile` and `FindingsChanged`.
        """
        self._audit.require(actor, Permission.IAS_REVIEW)
        self._refuse_own(actor, item_id)
        decision.check(self._clock().date())
        with self._store.write() as session:
            item = _lock_item(session, item_id)
            return self._decide(session, actor, item, decision)

    def next_after(
        self, actor: Actor, item_id: str | None, filters: ReviewFilters
    ) -> ReviewItem | None:
        """The next item behind this one that the actor may decide; after the last, the first.

        Their own, those that wait for another reviewer's word, and those of somebody else's are
        passed over.
        """
        self._audit.require(actor, Permission.IAS_REVIEW)
        if filters.view in (View.CLOSED, View.FOLLOW_UP):
            filters = replace(filters, view=View.WAITING)
        with self._store.read() as session:
            item = session.get(ReviewItem, item_id) if item_id else None
            places = [place_of(item), None] if item else [None]
            found = (self._next(session, actor, filters, place, item_id) for place in places)
            return next((item for item in found if item), None)

    def _next(
        self,
        session: Session,
        actor: Actor,
        filters: ReviewFilters,
        place: Place | None,
        but: str | None,
    ) -> ReviewItem | None:
        """The first item behind the place that the actor can bring further."""
        own = or_(col(ReviewItem.actor_id).is_(None), col(ReviewItem.actor_id) != actor.id)
        free = or_(col(ReviewItem.assigned_id).is_(None), col(ReviewItem.assigned_id) == actor.id)
        rested = col(ReviewItem.status) != ReviewStatus.FOLLOW_UP.value
        conditions = (own, free, rested, col(ReviewItem.id) != (but or ""))
        while items := read_first(session, actor.id, filters, place, _BATCH, *conditions):
            for item in items:
                if self._can_help(session, actor, item):
                    return item
            place = place_of(items[-1])
        return None

    def _can_help(self, session: Session, actor: Actor, item: ReviewItem) -> bool:
        return may_help(actor.id, state_of(votes_of(session, item), self._clock().date()))

    def _show(self, session: Session, actor: Actor, item: ReviewItem) -> OpenItem:
        decisions = decisions_of(session, item.id)
        votes = votes_among(decisions, item.openings)
        sample = session.get(ReviewSample, item.sampled_week) if item.sampled_week else None
        return OpenItem(
            item=item,
            state=state_of(votes, self._clock().date()),
            decisions=[ShownDecision(row, read_note(self._vault, row)) for row in decisions],
            bar=bar_to(actor.id, item.actor_id, item.status),
            sample=sample,
        )

    def _look(self, actor: Actor, item: ReviewItem) -> None:
        of = ("review", item.id)
        self._audit.look(actor, "review.view", patient_id=item.patient_id, of=of)

    def _refuse_own(self, actor: Actor, item_id: str) -> None:
        with self._store.read() as session:
            item = session.get(ReviewItem, item_id)
        if item is None or bar_to(actor.id, item.actor_id, item.status) is not Bar.OWN:
            return
        # Noted in a transaction of its own: the refusal undoes the one of the act.
        self._audit.note(
            actor,
            "review.decide",
            outcome="denied",
            patient_id=item.patient_id,
            of=("review", item.id),
            details={"why": "own"},
        )
        raise OwnItem(_OWN)

    def _decide(
        self, session: Session, actor: Actor, item: ReviewItem, decision: Decision
    ) -> ReviewState:
        before = decisions_of(session, item.id)
        check_seen(item, before[-1] if before else None, decision)
        now = self._clock()
        row = make_decision(session, self._vault, actor, item, decision, now)
        session.add(row)
        state = state_of(votes_among([*before, row], item.openings), now.date())
        _settle(item, state, row)
        session.add(item)
        details = row.model_dump(include={"decision", "number", "findings", "owner_id"})
        details |= {"state": state.status.value, "subject": item.subject}
        self._note(session, actor, "review.decide", item, details)
        return state

    def _note(
        self,
        session: Session,
        actor: Actor,
        action: str,
        item: ReviewItem,
        details: dict[str, object],
    ) -> None:
        of = ("review", item.id)
        self._audit.append(
            session, actor, action, patient_id=item.patient_id, of=of, details=details
        )


def _lock_item(session: Session, item_id: str) -> ReviewItem:
    item = session.get(ReviewItem, item_id, with_for_update=True)
    if item is None:
        raise NotInLog("The review queue has no item with this id.")
    return item


def _settle(item: ReviewItem, state: ReviewState, row: ReviewDecision) -> None:
    """Bring the item to the state that the decision leads to."""
    item.status, item.due_on = state.status.value, state.due_on
    item.decisions = row.number
    item.outcome = state.outcome.value if state.outcome else None
    if state.status is ReviewStatus.CLOSED:
        item.closed_at = row.at
    elif item.assigned_id == row.reviewer_id and state.status is ReviewStatus.SECOND:
        # Another reviewer has to say the same: it is nobody's until one takes it.
        item.assigned_id = item.assigned = None
