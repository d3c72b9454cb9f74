"""Filters that stand in the URL, so that a view can be sent to a colleague."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.viewer import zone
from services.pasted_ids import bare, is_secret, may_be_an_id

_ABOUT = "about"


def several(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> list[str]:
    """Any number of choices; none does not filter."""
    return where.multiselect(
        label,
        list(names),
        format_func=lambda one: names[one],
        key=key,
        placeholder="Any",
        bind="query-params",
        on_change=from_newest,
    )


def one_of(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> str | None:
    """One choice or none."""
    return where.selectbox(
        label,
        list(names),
        index=None,
        format_func=lambda one: names[one],
        key=key,
        placeholder="Any",
        bind="query-params",
        on_change=from_newest,
    )


def day(where: DeltaGenerator, label: str, key: str) -> date | None:
    """A day or none."""
    chosen: date | None = where.date_input(
        label,
        value=None,
        key=key,
        format="YYYY-MM-DD",
        bind="query-params",
        on_change=from_newest,
    )
    return chosen


def about(where: DeltaGenerator, placeholder: str) -> str | None:
    """An id that rows are about, or none; only an id goes into the address."""
    st.session_state.setdefault(_ABOUT, st.query_params.get(_ABOUT, ""))
    typed: str = where.text_input(
        "About", placeholder=placeholder, key=_ABOUT, on_change=_about_changed
    )
    return (typed or "").strip() or None


def _about_changed() -> None:
    from_newest()
    text = bare(st.session_state[_ABOUT])
    if may_be_an_id(text) and not is_secret(text):
        st.query_params[_ABOUT] = text
    else:
        st.query_params.pop(_ABOUT, None)


def from_newest() -> None:
    """A cursor belongs to the filters that it was made with."""
    st.query_params.pop("before", None)


def midnight(at: date | None, days_on: int = 0) -> datetime | None:
    """The beginning of a day in the viewer's zone."""
    if at is None:
        return None
    return datetime.combine(at + timedelta(days=days_on), time(), zone())


def older_and_newest(older: str | None) -> None:
    """The buttons that turn a page whose cursor stands in the URL as `before`."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if "before" in st.query_params and st.button("Newest", icon=":material/first_page:"):
            del st.query_params["before"]
            st.rerun()
        if st.button("Older", icon=":material/chevron_right:", disabled=older is None):
            st.query_params["before"] = str(older)
            st.rerun()
