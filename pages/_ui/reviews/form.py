"""The form by which a reviewer decides an item; then the next one opens."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from pages._ui.dialogs.source_choice import show_complaints
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import remembered
from pages._ui.reviews.place import filters_now, go_to_item
from pages._ui.words.compliance.reviews import BARS, DISPUTED, JUDGEMENTS
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of, label
from services.compliance.reviews.deciding import (
    LONGEST_FOLLOW_UP,
    LONGEST_NOTE,
    DecidedMeanwhile,
    Decision,
    FindingsChanged,
)
from services.compliance.reviews.people import KnownMember
from services.compliance.reviews.review_state import Judgement, ReviewStatus, may_help
from services.compliance.reviews.reviews import OpenItem
from services.compliance.reviews.rows import ReviewItem
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.staff.permissions import Actor

_MEANWHILE = "review_meanwhile"
"""What a decision was refused for; it stands over the form once the page shows what is new."""

_SEEN = "review_seen"

_USUAL_FOLLOW_UP = timedelta(days=7)


def skip(who: Actor, item_id: str) -> None:
    """Open the next item that the viewer may decide."""
    following = desk().reviews.next_after(who, item_id, filters_now())
    if following is None:
        st.toast("There is no other item that you may decide.")
    else:
        go_to_item(following.id)


def review_form(who: Actor, opened: OpenItem) -> None:
    """Draw the form, or say why the viewer cannot decide."""
    if opened.bar is not None:
        st.info(BARS[opened.bar], icon=":material/do_not_disturb_on:")
        return
    _say_what_is_needed(who, opened)
    decision = _ask(who, opened)
    with st.container(horizontal=True):
        saved = st.button(
            "Decide", type="primary", icon=":material/gavel:", key=field_key(opened.item.id, "save")
        )
        if st.button("Next", icon=":material/skip_next:", key="review_next", type="tertiary"):
            skip(who, opened.item.id)
            st.rerun()
    st.markdown(":small[:material/keyboard: On the heading, 1, 2 and 3 choose, and n is the next.]")
    if saved:
        _decide(who, opened, decision)


def _say_what_is_needed(who: Actor, opened: OpenItem) -> None:
    meanwhile = st.session_state.pop(_MEANWHILE, None)
    if isinstance(meanwhile, AccessDeskError):
        show_error(meanwhile)
    if opened.state.is_disputed:
        st.markdown(f"{badge_of(DISPUTED)} {DISPUTED.meaning}")
    elif opened.item.status == ReviewStatus.SECOND and not may_help(who.id, opened.state):
        st.info(
            "You have judged this item. It closes once another reviewer says the same.",
            icon=":material/group:",
        )


def _ask(who: Actor, opened: OpenItem) -> Decision:
    item = opened.item
    findings, decisions = _shown_before(item)
    judgement: Judgement | None = st.segmented_control(
        "Decision",
        list(Judgement),
        format_func=lambda one: label(JUDGEMENTS, one),
        label_visibility="collapsed",
        key=field_key(item.id, "judgement"),
        width="stretch",
    )
    owner, due_on = (
        _ask_follow_up(who, item.id) if judgement is Judgement.FOLLOW_UP else (None, None)
    )
    note: str | None = st.text_area(
        "Note",
        height=120,
        placeholder=f"Encrypted, up to {LONGEST_NOTE:,} characters. Others who review can read it.",
        key=field_key(item.id, "note"),
    )
    return Decision(
        judgement or "",
        findings,
        decisions,
        note or "",
        owner,
        due_on,
    )


def _shown_before(item: ReviewItem) -> tuple[Sequence[str], int]:
    """The findings and the number of decisions that the viewer had on the page as they pressed.

    A press may have the whole page read anew, and what is new then was not seen yet.
    """
    now = (item.id, tuple(item.findings), item.decisions)
    before = st.session_state.get(_SEEN, now)
    st.session_state[_SEEN] = now
    _, findings, decisions = before if before[0] == item.id else now
    return findings, decisions


def _ask_follow_up(who: Actor, item_id: str) -> tuple[str | None, date | None]:
    names = member_names(members(who))
    left, right = st.columns(2)
    owner: str | None = left.selectbox(
        "Who follows up",
        list(names),
        index=None,
        format_func=lambda one: names[one],
        key=field_key(item_id, "owner"),
    )
    today = desk().clock().date()
    due_on: date | None = right.date_input(
        "Comes back on (UTC)",
        value=today + _USUAL_FOLLOW_UP,
        min_value=today + timedelta(days=1),
        max_value=today + LONGEST_FOLLOW_UP,
        format="YYYY-MM-DD",
        key=field_key(item_id, "due_on"),
    )
    return owner, due_on


def members(who: Actor) -> list[KnownMember]:
    """Everybody who may own a follow-up, as they were a minute ago at most."""
    return remembered("review_members", 60, lambda: desk().reviews.members(who))


def member_names(known: list[KnownMember]) -> Mapping[str, str]:
    """What each is called by stable id; where two have one name, with what tells them apart."""
    names = [member.name for member in known]
    return {
        member.id: member.name
        if names.count(member.name) == 1
        else f"{member.name} ({member.email or member.id.rpartition('#')[2]})"
        for member in known
    }


def _decide(who: Actor, opened: OpenItem, decision: Decision) -> None:
    item_id = opened.item.id
    try:
        state = desk().reviews.decide(who, item_id, decision)
    except (DecidedMeanwhile, FindingsChanged) as error:
        # The whole page is drawn, with what is new. What was typed stays in its fields.
        st.session_state[_MEANWHILE] = error
        st.rerun()
    except InvalidInput as error:
        show_complaints(error.fields or {"": str(error)})
    except AccessDeskError as error:
        show_error(error)
    else:
        st.toast(
            f"{markdown_text(label(JUDGEMENTS, decision.judgement))}: {_state_words(state.status)}"
        )
        following = desk().reviews.next_after(who, item_id, filters_now())
        go_to_item(following.id if following else None)
        st.rerun()


def _state_words(status: ReviewStatus) -> str:
    return {
        ReviewStatus.CLOSED: "the item is closed.",
        ReviewStatus.SECOND: "it waits for a second reviewer.",
        ReviewStatus.FOLLOW_UP: "it comes back on its day.",
    }.get(status, "it stays open.")


def field_key(item_id: str, field: str) -> str:
    """The key of a field of the form of an item."""
    # A key is a class in the page, in which only the id's own signs are safe.
    return f"review_{field}_{item_id}"
