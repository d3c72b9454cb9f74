"""Where the review of a query or a look stands, with the way to it."""

import streamlit as st

from pages._ui.words.compliance.reviews import OUTCOMES
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import words_of
from services.compliance.reviews.review_state import ReviewStatus
from services.compliance.reviews.reviews import OpenItem
from services.desk import desk
from services.staff.permissions import Actor, Permission

_STATUS = {
    ReviewStatus.OPEN: ("Open", ":blue-badge[:material/inbox: Waits for a reviewer]"),
    ReviewStatus.SECOND: ("Open", ":violet-badge[:material/group: Waits for a second reviewer]"),
    ReviewStatus.FOLLOW_UP: ("Open", ":orange-badge[:material/event_upcoming: Followed up]"),
    ReviewStatus.CLOSED: ("Closed", ":green-badge[:material/task_alt: Reviewed]"),
}


def review_of(who: Actor, subject: str) -> OpenItem | None:
    """The item of the review queue, for those who may review; None where there is none."""
    if not who.may(Permission.IAS_REVIEW):
        return None
    return desk().reviews.of_subject(who, subject)


def review_label(opened: OpenItem | None) -> str:
    """Whether the review is open, in a word."""
    return "None" if opened is None else _STATUS[opened.state.status][0]


def review_badge(opened: OpenItem | None) -> str:
    """Where the review stands, as Markdown."""
    if opened is None:
        return ":gray-badge[:material/do_not_disturb_on: Not in the queue]"
    return _STATUS[opened.state.status][1]


def review_words(opened: OpenItem | None) -> str:
    """What there is to know beside the state, as Markdown."""
    if opened is None:
        return "Findings and a weekly sample come to the queue by themselves."
    item = opened.item
    if item.outcome:
        return f"Outcome: {markdown_text(words_of(OUTCOMES, item.outcome).label.lower())}."
    if opened.state.due_on:
        owner = markdown_text(opened.decisions[-1].row.owner or "nobody")
        return f"By {owner}, until {opened.state.due_on:%b} {opened.state.due_on.day}."
    return f"With {markdown_text(item.assigned)}." if item.assigned else "Assigned to nobody."


def review_link(opened: OpenItem | None) -> None:
    """Draw the link to the item in the queue; nothing where there is none."""
    if opened is not None:
        st.page_link(
            "reviews.py",
            label="Open the review",
            icon=":material/rate_review:",
            query_params={"item": opened.item.id},
        )
