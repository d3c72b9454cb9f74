"""The state of a review item, from the decisions of its reviewers. Pure.

The rules:

1. Nobody reviews what they started or looked at themselves.
2. "Justified" closes an item at once, as long as nobody has said "not justified".
3. "Not justified" closes it only when a second reviewer says the same.
4. Once "not justified" was said, the item closes when two different reviewers say the same, of
   either kind; of each reviewer the last such word counts. Until then it is disputed if their words
   differ, and waits for a second reviewer if they do not.
5. "Needs follow-up" leaves the item open, with an owner and a day on which it comes back. It takes
   back nothing that was said before.

Only decisions since the item was opened last count. A decision on a closed item changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Judgement(StrEnum):
    """What a reviewer can decide."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
    FOLLOW_UP = "follow_up"


class ReviewStatus(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    SECOND = "second"
    """Somebody has judged it, and another reviewer has to."""
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"


WAITING = (ReviewStatus.OPEN, ReviewStatus.SECOND)
"""A reviewer can decide now."""

NOT_CLOSED = (*WAITING, ReviewStatus.FOLLOW_UP)

GONE = "gone"
"""The outcome of an item whose findings went before anybody had decided."""


@dataclass(frozen=True)
class Vote:
    """One decision: by whom, and until when somebody follows up (UTC)."""

    reviewer_id: str
    judgement: Judgement
    due_on: date | None = None


@dataclass(frozen=True)
class ReviewState:
    """What the decisions of an item come to.

    `outcome` is set once it is closed. `words` has each reviewer's last "justified" or "not
    justified". `due_on` is set while it is followed up.
    """

    status: ReviewStatus
    outcome: Judgement | None = None
    words: Mapping[str, Judgement] | None = None
    due_on: date | None = None

    @property
    def is_disputed(self) -> bool:
        """Whether reviewers have said different things and the item is not closed."""
        is_open = self.status is not ReviewStatus.CLOSED
        return is_open and len(set((self.words or {}).values())) > 1


def state_of(votes: Iterable[Vote], today: date) -> ReviewState:
    """The state on the day `today` (UTC); `votes` are in the order in which they were made."""
    words: dict[str, Judgement] = {}
    last: Vote | None = None
    needs_two = False
    for vote in votes:
        last = vote
        if vote.judgement is Judgement.FOLLOW_UP:
            continue
        words[vote.reviewer_id] = vote.judgement
        needs_two = needs_two or vote.judgement is Judgement.NOT_JUSTIFIED
        agreeing = sum(word is vote.judgement for word in words.values())
        if agreeing >= (2 if needs_two else 1):
            return ReviewState(ReviewStatus.CLOSED, vote.judgement, words)
    if last and last.judgement is Judgement.FOLLOW_UP and last.due_on and last.due_on > today:
        return ReviewState(ReviewStatus.FOLLOW_UP, None, words, last.due_on)
    return ReviewState(ReviewStatus.SECOND if words else ReviewStatus.OPEN, None, words)


class Bar(StrEnum):
    """Why a reviewer cannot decide an item."""

    OWN = "own"
    """They started the query, or looked, themselves."""
    CLOSED = "closed"


def bar_to(reviewer_id: str, actor_id: str | None, status: str) -> Bar | None:
    """Why this reviewer may not decide an item of what `actor_id` did; None if they may."""
    if actor_id is not None and reviewer_id == actor_id:
        return Bar.OWN
    return Bar.CLOSED if status == ReviewStatus.CLOSED else None


def may_help(reviewer_id: str, state: ReviewState) -> bool:
    """Whether another word of this reviewer can bring the item further.

    Who has judged it once waits for a second reviewer, unless it is disputed: then they may be the
    one who is convinced.
    """
    return state.is_disputed or reviewer_id not in (state.words or {})


def new_among(findings: Sequence[str], known: Sequence[str]) -> list[str]:
    """The findings that are not among the `known` ones, in their order."""
    return [finding for finding in findings if finding not in set(known)]
