"""The choice of a period and of the width of a bar, both in the address."""

import streamlit as st

from pages._ui.words.outside import markdown_text
from services.outcomes.periods import legible_buckets, nearest_legible, usual_bucket

PERIODS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days"}
_USUAL = 30
_BUCKET_NAMES = {"hour": "Hour", "day": "Day", "week": "Week"}
_PERIOD, _BUCKET, _PRESSED = "period", "bucket", "period_pressed"
_LONGEST_VALUE = 40


def chosen_period() -> tuple[int, list[str]]:
    """Draw the control of the period; answers its days, and what to say about the address.

    The sentences say which value of the address is unknown, or could not be read as a chart, and
    what is shown in its place. They are Markdown.
    """
    # Before the controls, which put what they understand into the address. A press of them leaves
    # the width of the period before in it, of which nothing is to be said.
    pressed = st.session_state.pop(_PRESSED, False)
    period, width = (None if pressed else st.query_params.get(key) for key in (_PERIOD, _BUCKET))
    chosen: int | None = st.segmented_control(
        "Period",
        list(PERIODS),
        default=_USUAL,
        required=True,
        format_func=lambda number: PERIODS[number],
        key=_PERIOD,
        bind="query-params",
        on_change=_follow_period,
    )
    # An address with nothing behind the name chooses nothing.
    days = chosen or _USUAL
    notes = []
    if period is not None and period not in PERIODS.values():
        notes.append(_note("period", period, PERIODS[days]))
    return days, notes + _choose_bucket(days, width)


def chosen_bucket(days: int) -> str:
    """Draw the control of the width of a bar, where there is a choice; answers the width.

    It stands after `chosen_period`, or alone in a part of the page.
    """
    legible = legible_buckets(days)
    if len(legible) == 1:
        return legible[0]
    chosen: str | None = st.segmented_control(
        "A bar per",
        legible,
        # Without it the control shows nothing chosen where another page has led here.
        default=usual_bucket(days),
        required=True,
        format_func=lambda width: _BUCKET_NAMES[width],
        key=_BUCKET,
        bind="query-params",
    )
    return chosen or usual_bucket(days)


def _choose_bucket(days: int, width: str | None) -> list[str]:
    """Have the control show the width of the address; where it cannot, the nearest, and say so."""
    wanted = next((key for key, name in _BUCKET_NAMES.items() if name == width), None)
    legible = legible_buckets(days)
    bucket: str = st.session_state.get(_BUCKET, "") if len(legible) > 1 else legible[0]
    if bucket not in legible and wanted not in legible:
        bucket = nearest_legible(wanted, days) if wanted else usual_bucket(days)
        if wanted:
            st.session_state[_BUCKET] = bucket
    if width is not None and wanted is None:
        return [_note("width of a bar", width, _BUCKET_NAMES[bucket])]
    if wanted and wanted not in legible:
        return [
            f"{PERIODS[days]} cannot be read with a bar per {wanted}: "
            f"there is one per {bucket} instead."
        ]
    return []


def _follow_period() -> None:
    """Have the width of a bar follow the period; where there is no choice, it is forgotten."""
    days = st.session_state[_PERIOD]
    st.session_state[_PRESSED] = True
    if len(legible_buckets(days)) > 1:
        st.session_state[_BUCKET] = usual_bucket(days)
    else:
        st.session_state.pop(_BUCKET, None)


def _note(what: str, value: str, shown: str) -> str:
    text = markdown_text(value[:_LONGEST_VALUE])
    return f"The address asks for a {what} “{text}”, which there is not. Shown: {shown}."
