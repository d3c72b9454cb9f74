"""The timeline of a person or a query: filtered by what it is about, each entry a way to more."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from pages._ui.dialogs import ask_for, asked_for, closed, kept
from pages._ui.places import may_open, open_place
from pages._ui.status import badge, escaped, look
from pages._ui.tables import height, moments, opened, opener, pills
from pages._ui.viewer import zone
from pages._ui.words import PURPOSES, exact
from services.lookup.timeline import EntryKind, TimelineEntry
from services.staff.permissions import Actor

_NAMES = {
    EntryKind.IDENTITY: "Identity",
    EntryKind.AAL2: "AAL2",
    EntryKind.QUERY: "Queries",
    EntryKind.RECORDS: "Records",
    EntryKind.WEBHOOK: "Webhooks",
    EntryKind.CALL: "Calls",
    EntryKind.ACT: "Staff",
}
_DETAILS = "entry"
_SHOWN_AT_FIRST = (
    EntryKind.IDENTITY,
    EntryKind.AAL2,
    EntryKind.QUERY,
    EntryKind.RECORDS,
    EntryKind.WEBHOOK,
)


def timeline_table(
    who: Actor,
    entries: Sequence[TimelineEntry],
    whose: str,
    at_first: Sequence[EntryKind] = _SHOWN_AT_FIRST,
) -> None:
    """Draw the filter and the table, and what an entry tells once it was clicked.

    `whose` is the id of the person or query that the page shows.
    """
    there = [one for one in EntryKind if any(entry.sort is one for entry in entries)]
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
        key=f"sorts_{whose}",
    )
    shown = [entry for entry in entries if entry.sort in chosen]
    if not shown:
        st.caption("Choose above what to show.")
        return
    _table(shown)
    if clicked := opened("timeline_entry", shown):
        _open(who, clicked, whose)
    if asked_for(whose) == _DETAILS:
        entry = kept()
        assert isinstance(entry, TimelineEntry)
        _details(entry)


def _table(entries: Sequence[TimelineEntry]) -> None:
    st.dataframe(
        _frame(entries),
        hide_index=True,
        key="timeline",
        alt="What happened, newest first",
        height=height(len(entries), 14),
        column_config={
            "What": opener("timeline_entry", 240),
            "When": moments(),
            "State": pills((look(one.state) for one in entries if one.state), 105),
            "By": st.column_config.TextColumn(width=125),
            "Details": st.column_config.TextColumn(width=210),
        },
    )


def _open(who: Actor, entry: TimelineEntry, whose: str) -> None:
    """Go to the page that tells more, or tell it here."""
    if entry.place is not None and may_open(who, entry.place):
        open_place(entry.place)
    ask_for(_DETAILS, whose, entry)


@st.dialog("What happened", icon=":material/history:", on_dismiss=closed)
def _details(entry: TimelineEntry) -> None:
    state = f" {badge(entry.state)}" if entry.state else ""
    st.markdown(f"**{escaped(_what(entry))}**{state}")
    st.caption(exact(entry.at, zone()))
    for name, value in entry.facts.items():
        if isinstance(value, datetime):
            value = exact(value, zone())
        label, told = st.columns([1, 3])
        label.caption(escaped(name))
        told.markdown(escaped(value))
    if not entry.facts:
        st.caption(escaped(entry.detail) or "Nothing more is known.")


def _frame(entries: Sequence[TimelineEntry]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "When": [pd.Timestamp(one.at) for one in entries],
            "What": [_what(one) for one in entries],
            "State": [[look(one.state).label] if one.state else [] for one in entries],
            "By": [one.by for one in entries],
            "Details": [one.detail for one in entries],
        }
    )


def _what(entry: TimelineEntry) -> str:
    purpose, _, rest = entry.what.partition(" ")
    return f"{PURPOSES[purpose]} {rest}" if purpose in PURPOSES else entry.what
