"""Two fields for the first and the last day of a period, in the address."""

from datetime import date, timedelta

import streamlit as st

from pages._ui.words.outside import markdown_text

_FROM, _TO = "from", "to"
_EARLIEST = date(2010, 1, 1)
_LONGEST_VALUE = 40

Span = tuple[date, date]
"""The first and the last day of a period, both included."""


def chosen_days(today: date, longest: int) -> tuple[Span | None, list[str]]:
    """Draw the fields; answers the days, None for the usual ones, and what to say about them.

    A missing first day is 30 days before the last one, a missing last one is `today`. A period of
    more than `longest` days begins later.
    """
    notes: list[str] = []
    with st.container(horizontal=True, width="content", vertical_alignment="bottom"):
        first = _day_input("From", _FROM, today, notes)
        last = _day_input("To (inclusive)", _TO, today, notes)
    last_day = last or today
    span = (first or last_day - timedelta(days=29), last_day)
    if span[0] > span[1]:
        return None, [
            *notes,
            "From is after To, so the last 30 days are shown. Change one of them.",
        ]
    if (span[1] - span[0]).days >= longest:
        notes.append(f"A period has at most {longest:,} days, so the earliest ones are left out.")
        span = (span[1] - timedelta(days=longest - 1), span[1])
    return span, notes


def _day_input(label: str, key: str, today: date, notes: list[str]) -> date | None:
    asked = st.query_params.get(key, "")
    if problem := _problem(asked, today):
        text = markdown_text(asked[:_LONGEST_VALUE])
        notes.append(
            f"{label}: “{text}” in the address {problem}, so it does not bound the period."
        )
        del st.query_params[key]
    chosen: date | None = st.date_input(
        label,
        value=None,
        min_value=_EARLIEST,
        max_value=today,
        key=key,
        format="YYYY-MM-DD",
        bind="query-params",
        width=150,
    )
    return chosen


def _problem(text: str, today: date) -> str:
    """What is wrong with a day of the address; empty where nothing is."""
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "is no date"
    if day > today:
        return "is still to come"
    return f"lies before {_EARLIEST.year}" if day < _EARLIEST else ""
