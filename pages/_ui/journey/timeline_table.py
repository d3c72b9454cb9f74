"""The timeline of a person or a query: filtered by what it is about, each entry a way to more."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import streamlit as st

from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    name_of_open,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.places import may_open
from pages._ui.frame.viewer import zone
from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.facts_grid import Fact, as_fact, facts_grid
from pages._ui.list.table import show_list
from pages._ui.words.entries import KIND_NAMES, entry_detail, entry_fact, entry_name, entry_state
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from pages._ui.words.times import exact, to_the_second
from services.desk import desk
from services.lookup.entries import EntryKind, TimelineEntry
from services.lookup.timeline import TimelinePage
from services.staff.permissions import Actor, Permission

_OF_PATIENT = tuple(EntryKind)
_OF_QUERY = (
    EntryKind.AAL2,
    EntryKind.QUERY,
    EntryKind.WEBHOOK,
    EntryKind.CALL,
    EntryKind.ACT,
)
_NOT_AT_FIRST = (EntryKind.CALL, EntryKind.ACT)
"""What is left out of a person's timeline until somebody asks for it: it is about us, not them."""

_FIRST, _MOST = 50, 1000
"""Entries that are shown at first, twice as many with each press of the button, and at most."""

_DETAILS = "entry"
_Read = Callable[[Collection[EntryKind], int], TimelinePage]


def timeline_of_patient(who: Actor, patient_id: str) -> None:
    """Draw what happened to a person."""

    def read(kinds: Collection[EntryKind], most: int) -> TimelinePage:
        return desk().timeline.of_patient(who, patient_id, kinds, most)

    _timeline(who, patient_id, read, _OF_PATIENT, _NOT_AT_FIRST)


def timeline_of_query(who: Actor, query_id: str) -> None:
    """Draw what happened to a query."""

    def read(kinds: Collection[EntryKind], most: int) -> TimelinePage:
        return desk().timeline.of_query(who, query_id, kinds, most)

    _timeline(who, query_id, read, _OF_QUERY, ())


def _timeline(
    who: Actor,
    whose: str,
    read: _Read,
    kinds: Sequence[EntryKind],
    not_at_first: Collection[EntryKind],
) -> None:
    """Draw the filter, the list, and the dialog of an entry that was clicked.

    `whose` is the id of the person or query that the page shows.
    """
    if not who.may(Permission.ACCESS_LOG):
        kinds = [kind for kind in kinds if kind is not EntryKind.ACT]
    chosen = _choose(whose, kinds, not_at_first)
    # What was shown of somebody else says nothing of this one.
    most = st.session_state.setdefault(f"timeline_most_{whose}", _FIRST)
    page = read(chosen, most)
    show_list(
        [
            Column("What"),
            Column("When"),
            Column("State", Kind.STATE),
            Column("By"),
            Column("Details"),
        ],
        [_row(who, entry) for entry in page.entries],
        key="timeline",
        caption="What happened, newest first",
        empty="Nothing of this has happened yet." if chosen else "Choose above what to show.",
        open_row=lambda key: _choose_entry(whose, page.entries, key),
    )
    _offer_more(whose, page, most)
    _open_chosen(whose)


def _choose(
    whose: str, kinds: Sequence[EntryKind], not_at_first: Collection[EntryKind]
) -> list[EntryKind]:
    """Ask which kinds to show, and say which are left out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        # Every kind is offered, whether it has entries or not: a choice that grows while the page
        # is open would keep what is new switched off.
        chosen = st.pills(
            "Show",
            kinds,
            selection_mode="multi",
            default=[kind for kind in kinds if kind not in not_at_first],
            format_func=lambda kind: KIND_NAMES[kind],
            label_visibility="collapsed",
            key=f"timeline_kinds_{whose}",
        )
        left_out = [KIND_NAMES[kind] for kind in kinds if kind not in chosen]
        if left_out:
            st.markdown(f"Not shown: {', '.join(left_out)}.", width="content")
    return list(chosen)


def _row(who: Actor, entry: TimelineEntry) -> Row:
    name, detail = entry_name(entry), entry_detail(entry)
    place = entry.place if entry.place and may_open(who, entry.place) else None
    return Row(
        entry.key,
        [
            Hover(name, entry.what if name != entry.what else ""),
            Hover(to_the_second(entry.at, zone(), desk().clock()), exact(entry.at, zone())),
            entry_state(entry) if entry.state else None,
            entry.by,
            Hover(detail, entry.detail if detail != entry.detail else "") if detail else None,
        ],
        place,
    )


def _offer_more(whose: str, page: TimelinePage, most: int) -> None:
    if not page.has_more:
        return
    shown, name, more = len(page.entries), f"timeline_most_{whose}", min(most * 2, _MOST)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"The newest {shown:,} are shown; there are older ones.", width="content")
        if most < _MOST:
            st.button(
                "Show older ones",
                key="timeline_more",
                on_click=lambda: st.session_state.update({name: more}),
            )
        else:
            st.markdown("Switch kinds off above to see further back.", width="content")


def _choose_entry(whose: str, entries: Sequence[TimelineEntry], key: str) -> None:
    # A callback: the dialog is opened once the page is drawn.
    chosen = next((entry for entry in entries if entry.key == key), None)
    st.session_state["timeline_chosen"] = (whose, chosen)


def _open_chosen(whose: str) -> None:
    owner, chosen = st.session_state.pop("timeline_chosen", (whose, None))
    if chosen is not None and owner == whose:
        open_dialog(_DETAILS, whose, chosen)
    if name_of_open(whose) == _DETAILS:
        entry = value_in_dialog()
        assert isinstance(entry, TimelineEntry)
        _details(entry)


@dialog("What happened", icon=":material/history:", on_dismiss=close_dialog)
def _details(entry: TimelineEntry) -> None:
    state = f" {badge_of(entry_state(entry))}" if entry.state else ""
    st.markdown(f"**{markdown_text(entry_name(entry))}**{state}")
    st.markdown(exact(entry.at, zone()))
    if entry.facts:
        facts_grid([_fact(name, value) for name, value in entry.facts.items()], key="entry_facts")
    else:
        st.markdown(markdown_text(entry_detail(entry)) or "Nothing more is known.")


def _fact(name: str, value: str | datetime) -> tuple[str, Fact]:
    words = entry_fact(name, value) if isinstance(value, str) else value
    return name, as_fact(value) if words == value else Hover(str(words), str(value))
