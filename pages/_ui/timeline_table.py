"""The timeline of a person or a query: filtered by what it is about, each entry a way to more."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.places import may_open, open_place
from pages._ui.status import look
from pages._ui.viewer import zone
from pages._ui.words import PURPOSES
from services.access import Actor
from services.timeline import Entry, Sort

_NAMES = {
    Sort.IDENTITY: "Identity",
    Sort.AAL2: "AAL2",
    Sort.QUERY: "Queries",
    Sort.RECORDS: "Records",
    Sort.WEBHOOK: "Webhooks",
    Sort.CALL: "Calls",
    Sort.ACT: "Staff",
}
_SHOWN_AT_FIRST = (Sort.IDENTITY, Sort.AAL2, Sort.QUERY, Sort.RECORDS, Sort.WEBHOOK)


def timeline_table(
    who: Actor, entries: Sequence[Entry], key: str, at_first: Sequence[Sort] = _SHOWN_AT_FIRST
) -> None:
    """Draw the filter and the table."""
    there = [one for one in Sort if any(entry.sort is one for entry in entries)]
    if not there:
        st.caption("Nothing has happened yet.")
        return
    chosen = st.pills(
        "Show",
        there,
        selection_mode="multi",
        default=[one for one in there if one in at_first],
        format_func=lambda one: _NAMES[one],
        label_visibility="collapsed",
        key=f"{key}_sorts",
    )
    shown = [entry for entry in entries if entry.sort in chosen]
    _table(who, shown, key)


def _table(who: Actor, entries: Sequence[Entry], key: str) -> None:
    looks = {look(one.state).label: look(one.state).colour for one in entries if one.state}
    st.dataframe(
        _frame(entries),
        hide_index=True,
        key=f"{key}_timeline",
        alt="What happened, newest first",
        height=35 * (min(len(entries), 14) + 1) + 2,
        column_config={
            "What": st.column_config.ButtonColumn(
                type="tertiary", key=f"{key}_entry", width=240, alignment="left"
            ),
            "When": st.column_config.DatetimeColumn(
                format="MMM D, HH:mm:ss z", timezone=zone().key, width=150
            ),
            "State": st.column_config.MultiselectColumn(
                options=list(looks), color=list(looks.values()), width=105
            ),
            "By": st.column_config.TextColumn(width=125),
            "Details": st.column_config.TextColumn(width=210),
        },
    )
    clicked = st.session_state.get(f"{key}_entry")
    if clicked is not None and clicked["row"] < len(entries):
        place = entries[clicked["row"]].place
        if place is not None and may_open(who, place):
            open_place(place)


def _frame(entries: Sequence[Entry]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "When": [pd.Timestamp(one.at) for one in entries],
            "What": [_what(one) for one in entries],
            "State": [[look(one.state).label] if one.state else [] for one in entries],
            "By": [one.by for one in entries],
            "Details": [one.detail for one in entries],
        }
    )


def _what(entry: Entry) -> str:
    purpose, _, rest = entry.what.partition(" ")
    return f"{PURPOSES[purpose]} {rest}" if purpose in PURPOSES else entry.what
