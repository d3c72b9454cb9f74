"""The words of reviews: where an item stands, what reviewers decide, why one may not."""

from pages._ui.words.states import States, StateWords, words_of
from services.compliance.reviews.listing import ReviewOrder, View
from services.compliance.reviews.review_state import GONE, Bar, Judgement, ReviewStatus
from services.compliance.reviews.rows import ReviewItem

REVIEW_STATES: States = {
    ReviewStatus.OPEN: StateWords("Open", "inbox", "blue", "It waits for a reviewer."),
    ReviewStatus.SECOND: StateWords(
        "Second reviewer", "group", "violet", "Somebody has judged it, and another has to."
    ),
    ReviewStatus.FOLLOW_UP: StateWords(
        "Followed up", "event_upcoming", "orange", "It comes back on its day."
    ),
    ReviewStatus.CLOSED: StateWords("Closed", "task_alt", "green"),
}
"""Of an item of the review queue."""

DISPUTED = StateWords(
    "Disputed", "balance", "violet", "Reviewers differ: two of them have to say the same."
)

OUTCOMES: States = {
    Judgement.JUSTIFIED: StateWords("Justified", "task_alt", "green"),
    Judgement.NOT_JUSTIFIED: StateWords("Not justified", "gpp_bad", "red"),
    GONE: StateWords(
        "Nothing left", "do_not_disturb_on", "gray", "Its findings went before anybody decided."
    ),
}
"""Of a closed item."""

JUDGEMENTS: States = {
    Judgement.JUSTIFIED: OUTCOMES[Judgement.JUSTIFIED],
    Judgement.NOT_JUSTIFIED: OUTCOMES[Judgement.NOT_JUSTIFIED],
    Judgement.FOLLOW_UP: StateWords("Needs follow-up", "event_upcoming", "orange"),
}
"""Of what a reviewer decides."""

VIEWS = {
    View.WAITING: "Waiting",
    View.MINE: "Mine",
    View.SECOND: "Second reviewer",
    View.FOLLOW_UP: "Follow-up",
    View.CLOSED: "Closed",
}
ORDERS = {ReviewOrder.OLDEST: "Oldest first", ReviewOrder.WORST: "Worst first"}

EMPTY = {
    View.WAITING: "Nothing waits. New findings, and the sample of a week, come here by themselves.",
    View.MINE: "Nothing is assigned to you. Take an item from those that wait.",
    View.SECOND: "Nothing waits for a second reviewer.",
    View.FOLLOW_UP: "Nothing is followed up.",
    View.CLOSED: "Nothing has been closed yet.",
}
"""What an empty list says."""

BARS = {
    Bar.OWN: "You started this query, or looked, yourself. Nobody reviews what they did: leave it "
    "to another reviewer.",
    Bar.CLOSED: "This item is closed. A new finding opens it again.",
}
"""Why the viewer cannot decide an item."""


def item_state(item: ReviewItem) -> StateWords:
    """Where an item stands; of a closed one its outcome."""
    if item.outcome:
        return words_of(OUTCOMES, item.outcome)
    return words_of(REVIEW_STATES, item.status)
