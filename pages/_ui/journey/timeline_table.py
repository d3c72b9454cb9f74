"""The timeline of a person or a query: filtered by what it is about, each entry a way to more."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from pages._ui.dialogs.open_dialog import (
    close_dialog,
    name_of_open,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.places import may_open, open_place
from pages._ui.frame.viewer import zone
from pages._ui.list.tables import height, moments, opened, opener, words_column
from pages._ui.words.names import PURPOSES
from pages._ui.words.outside import button_text, markdown_text
from pages._ui.words.states import (
    AAL2_STATES,
    CALL_STATES,
    IDENTITY_STATES,
    LINK_STATES,
    QUERY_STATES,
    RECORDS_STATES,
    WEBHOOK_STATES,
    States,
    StateWords,
    badge_of,
    words_of,
)
from pages._ui.words.times import exact
from services.lookup.entries import EntryKind, TimelineEntry
from services.staff.permissions import Actor

_KINDS: Mapping[EntryKind, tuple[str, States]] = {
    # A link is a step of its own before it is an identity or a session.
    EntryKind.IDENTITY: ("Identity", {**LINK_STATES, **IDENTITY_STATES}),
    EntryKind.AAL2: ("AAL2", {**LINK_STATES, **AAL2_STATES}),
    EntryKind.QUERY: ("Queries", QUERY_STATES),
    EntryKind.RECORDS: ("Records", RECORDS_STATES),
    EntryKind.WEBHOOK: ("Webhooks", WEBHOOK_STATES),
    EntryKind.CALL: ("Calls", CALL_STATES),
    EntryKind.ACT: ("Staff", {}),
}
"""The name of each kind of entry, and the words of its states."""

_SHOWN_AT_FIRST = (
    EntryKind.IDENTITY,
    EntryKind.AAL2,
    EntryKind.QUERY,
    EntryKind.RECORDS,
    EntryKind.WEBHOOK,
)
_DETAILS = "entry"


def timeline_table(
    who: Actor,
    entries: Sequence[TimelineEntry],
    whose: str,
    at_first: Sequence[EntryKind] = _SHOWN_AT_FIRST,
) -> None:
    """Draw the filter and the table, and the dialog of an entry that was clicked.

    `whose` is the id of the person or query that the page shows.
    """
    found = [kind for kind in EntryKind if any(entry.kind is kind for entry in entries)]
    if not found:
        st.caption("Nothing has happened yet.")
        return
    chosen = st.pills(
        "Show",
        found,
        selection_mode="multi",
        default=[kind for kind in found if kind in at_first],
        format_func=lambda kind: _KINDS[kind][0],
        label_visibility="collapsed",
        key=f"sorts_{whose}",
    )
    shown = [entry for entry in entries if entry.kind in chosen]
    if not shown:
        st.caption("Choose above what to show.")
        return
    _table(shown)
    if clicked := opened("timeline_entry", shown):
        _open(who, clicked, whose)
    if name_of_open(whose) == _DETAILS:
        entry = value_in_dialog()
        assert isinstance(entry, TimelineEntry)
        _details(entry)


def _table(entries: Sequence[TimelineEntry]) -> None:
    st.dataframe(
        timeline_frame(entries),
        hide_index=True,
        key="timeline",
        alt="What happened, newest first",
        height=height(len(entries), 14),
        column_config={
            "What": opener("timeline_entry", 240),
            "When": moments(),
            "State": words_column((_state(entry) for entry in entries if entry.state), 105),
            "By": st.column_config.TextColumn(width=125),
            "Details": st.column_config.TextColumn(width=210),
        },
    )


def timeline_frame(entries: Sequence[TimelineEntry]) -> pd.DataFrame:
    """The content of the table. Times are UTC; a state is a list of one word, or of none."""
    return pd.DataFrame(
        {
            "When": [pd.Timestamp(entry.at) for entry in entries],
            "What": [button_text(_name(entry)) for entry in entries],
            "State": [[_state(entry).label] if entry.state else [] for entry in entries],
            "By": [entry.by for entry in entries],
            "Details": [entry.detail for entry in entries],
        }
    )


def _open(who: Actor, entry: TimelineEntry, whose: str) -> None:
    """Go to the page that shows the entry, or open a dialog with its facts."""
    if entry.place is not None and may_open(who, entry.place):
        open_place(entry.place)
    open_dialog(_DETAILS, whose, entry)


@st.dialog("What happened", icon=":material/history:", on_dismiss=close_dialog)
def _details(entry: TimelineEntry) -> None:
    state = f" {badge_of(_state(entry))}" if entry.state else ""
    st.markdown(f"**{markdown_text(_name(entry))}**{state}")
    st.caption(exact(entry.at, zone()))
    for name, value in entry.facts.items():
        text = exact(value, zone()) if isinstance(value, datetime) else value
        left, right = st.columns([1, 3])
        left.caption(markdown_text(name))
        right.markdown(markdown_text(text))
    if not entry.facts:
        st.caption(markdown_text(entry.detail) or "Nothing more is known.")


def _state(entry: TimelineEntry) -> StateWords:
    return words_of(_KINDS[entry.kind][1], entry.state)


def _name(entry: TimelineEntry) -> str:
    """What happened, a purpose of use under the name that people read."""
    purpose, _, rest = entry.what.partition(" ")
    return f"{PURPOSES[purpose]} {rest}" if purpose in PURPOSES else entry.what
