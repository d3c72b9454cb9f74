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


def chosen_day(where: DeltaGenerator, label: str, key: str) -> date | None:
    """The day that was chosen, in the viewer's zone, or None."""
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
        "About", placeholder=placeholder, key=_ABOUT, on_change=_keep_about_in_url
    )
    return (entered or "").strip() or None


def _keep_about_in_url() -> None:
    forget_cursor()
    text = bare(st.session_state[_ABOUT])
    if may_be_an_id(text) and not is_secret(text):
        st.query_params[_ABOUT] = text
    else:
        st.query_params.pop(_ABOUT, None)


def url_filters(*names: str) -> None:
    """Show the filters of these names that a link has set, each with a button that drops it."""
    found = {name: st.query_params[name] for name in names if name in st.query_params}
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, value in found.items():
            label = markdown_text(f"{name}: {value[:_LONGEST_LABEL]}")
            if st.button(label, icon=":material/close:", key=f"drop_{name}"):
                del st.query_params[name]
                st.rerun()


def midnight(day: date | None, days_on: int = 0) -> datetime | None:
    """The first moment (UTC), in the viewer's zone, of the day `days_on` days after `day`."""
    if day is None:
        return None
    return day_start(day + timedelta(days=days_on), zone())
