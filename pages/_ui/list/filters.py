"""Filters that stand in the URL, so that a view can be sent to a colleague."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.frame.viewer import zone
from pages._ui.list.paging import forget_cursor
from pages._ui.words.outside import markdown_text
from services.outcomes.buckets import day_start
from services.pasted_ids import bare, is_secret, may_be_an_id

_ABOUT = "about"
_LONGEST_LABEL = 60


def several(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> list[str]:
    """The keys of `names` that were chosen; none of them does not filter."""
    _say_unknown(label, key, names)
    return where.multiselect(
        label,
        list(names),
        format_func=lambda name: names[name],
        key=key,
        placeholder="Any",
        bind="query-params",
        on_change=forget_cursor,
    )


def one_of(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> str | None:
    """The key of `names` that was chosen, or None."""
    _say_unknown(label, key, names)
    return where.selectbox(
        label,
        list(names),
        index=None,
        format_func=lambda name: names[name],
        key=key,
        placeholder="Any",
        bind="query-params",
        on_change=forget_cursor,
    )


def period(first: DeltaGenerator, last: DeltaGenerator) -> tuple[datetime | None, datetime | None]:
    """The first moment (UTC) of the chosen days and the first after them; None for no bound.

    Days are days of the viewer's zone. Days of which the first is after the last bound nothing.
    """
    start, end = _chosen_day(first, "From", "from"), _chosen_day(last, "To (inclusive)", "to")
    if start and end and start > end:
        st.warning(
            "From is after To, so the dates do not filter. Change one of them.",
            icon=":material/event_busy:",
        )
        return None, None
    return _midnight(start), _midnight(end, days_on=1)


def _chosen_day(where: DeltaGenerator, label: str, key: str) -> date | None:
    asked = st.query_params.get(key, "")
    try:
        date.fromisoformat(asked or "2000-01-01")
    except ValueError:
        _say_ignored(label, asked, "no date")
    chosen: date | None = where.date_input(
        label,
        value=None,
        key=key,
        format="YYYY-MM-DD",
        bind="query-params",
        on_change=forget_cursor,
    )
    return chosen


def about(where: DeltaGenerator, placeholder: str) -> str | None:
    """The id that rows shall be about, or None.

    Only an id goes into the address: what else is entered may be somebody's name.
    """
    st.session_state.setdefault(_ABOUT, st.query_params.get(_ABOUT, ""))
    entered: str = where.text_input(
        "About",
        placeholder=placeholder,
        autocomplete="off",
        key=_ABOUT,
        on_change=_keep_about_in_url,
    )
    return (entered or "").strip() or None


def _keep_about_in_url() -> None:
    forget_cursor()
    text = bare(st.session_state[_ABOUT])
    if may_be_an_id(text) and not is_secret(text):
        st.query_params[_ABOUT] = text
    else:
        st.query_params.pop(_ABOUT, None)


def _say_unknown(label: str, key: str, names: Mapping[str, str]) -> None:
    """Say which values of the address are none of this filter's: Streamlit drops them silently."""
    for value in st.query_params.get_all(key) if names else ():
        # The address holds the words that people read.
        if value not in names.values():
            _say_ignored(label, value, "none of its values")


def _say_ignored(label: str, value: str, why: str) -> None:
    st.warning(
        f"{label}: “{markdown_text(value[:_LONGEST_LABEL])}” in the address is {why}, so it does "
        "not filter.",
        icon=":material/filter_alt_off:",
    )


def _midnight(day: date | None, days_on: int = 0) -> datetime | None:
    if day is None:
        return None
    return day_start(day + timedelta(days=days_on), zone())
