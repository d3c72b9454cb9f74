"""The filters of the review queue, and its figures. All of them stand in the address."""

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

from pages._ui.list.filters import one_of
from pages._ui.list.paging import forget_cursor
from pages._ui.words.compliance.reviews import ORDERS, VIEWS
from pages._ui.words.compliance.states import SEVERITIES, severity_state
from pages._ui.words.times import ago
from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.figures import ReviewFigures
from services.compliance.reviews.listing import ReviewFilters, ReviewOrder, View
from services.compliance.reviews.review_state import ReviewStatus
from services.desk import desk

Choice = TypeVar("Choice", View, ReviewOrder)

_SEVERITY_NAMES: Mapping[str, str] = {
    severity_state(one.value): SEVERITIES[severity_state(one.value)].label
    for one in sorted(Severity, reverse=True)
    if one is not Severity.NOTICE
}


def review_filters() -> ReviewFilters:
    """Draw the filters; answers what was chosen."""
    left, middle, right = st.columns([6, 3, 3], vertical_alignment="bottom")
    with left:
        view = _segments("Show", VIEWS, View.WAITING, "view")
    severity = one_of(middle, "Worst finding", _SEVERITY_NAMES, "severity")
    with right:
        order = _segments("Order", ORDERS, ReviewOrder.OLDEST, "first")
    sample_only: bool = st.toggle(
        "Only the random sample", key="sample", bind="query-params", on_change=forget_cursor
    )
    return ReviewFilters(view, _severity(severity), sample_only, order)


def _segments(label: str, names: Mapping[Choice, str], usual: Choice, key: str) -> Choice:
    chosen: Choice | None = st.segmented_control(
        label,
        list(names),
        default=usual,
        required=True,
        format_func=lambda name: names[name],
        key=key,
        bind="query-params",
        on_change=forget_cursor,
    )
    return chosen or usual


def _severity(state: str | None) -> Severity | None:
    return next((one for one in Severity if severity_state(one.value) == state), None)


def figures_line(figures: ReviewFigures) -> None:
    """Draw what is open, in one line."""
    if not figures.open or figures.oldest_at is None:
        st.markdown(":green-badge[:material/task_alt: Nothing is open]")
        return
    parts = [
        f"**{figures.open:,}** open, the oldest since {ago(figures.oldest_at, desk().clock())}.",
        *_severity_parts(figures),
        *_status_parts(figures),
    ]
    st.markdown(" ".join(parts))


def _severity_parts(figures: ReviewFigures) -> list[str]:
    words = {number: SEVERITIES[severity_state(number)] for number in (3, 2)}
    return [
        f":{one.colour}-badge[:material/{one.icon}: {number:,} {one.label.lower()}]"
        for severity, one in words.items()
        if (number := figures.by_severity.get(severity, 0))
    ]


def _status_parts(figures: ReviewFigures) -> list[str]:
    second = figures.by_status.get(ReviewStatus.SECOND, 0)
    followed = figures.by_status.get(ReviewStatus.FOLLOW_UP, 0)
    parts = []
    if second:
        parts.append(f":violet-badge[:material/group: {second:,} for a second reviewer]")
    if followed:
        parts.append(f":orange-badge[:material/event_upcoming: {followed:,} followed up]")
    return parts
