"""The history of a review: every decision, with its note as the text that it is."""

from datetime import datetime
from itertools import groupby

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.words.compliance.reviews import JUDGEMENTS
from pages._ui.words.names import role_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge
from pages._ui.words.times import ago, exact
from services.compliance.reviews.reviews import OpenItem, ShownDecision

_LONG = 600
"""A note of so many characters gets a frame of its own that scrolls."""


def review_history(opened: OpenItem, now: datetime) -> None:
    """Draw the decisions, the last first, and where the item was opened again."""
    if not opened.decisions:
        st.markdown("Nobody has decided yet.")
        return
    newest_first = reversed(opened.decisions)
    for opening, decisions in groupby(newest_first, key=lambda one: one.row.opening):
        if opening < opened.item.openings:
            st.markdown(":small[:material/undo: Before it was opened again:]")
        for decision in decisions:
            _decision(decision, now)


def _decision(shown: ShownDecision, now: datetime) -> None:
    row = shown.row
    with st.container(border=True, gap="xsmall"):
        who = markdown_text(f"{row.reviewer} ({role_name(row.role)})")
        st.markdown(
            f"{badge(JUDGEMENTS, row.decision)} {who}, {ago(row.at, now)}",
            help=exact(row.at, zone()),
        )
        if row.owner and row.due_on:
            owner = markdown_text(row.owner)
            st.markdown(f"Followed up by {owner}, back on {row.due_on.isoformat()} (UTC).")
        _note(shown.note)


def _note(note: str | None) -> None:
    if note is None:
        st.markdown(":small[The note cannot be read: its key is not known any more.]")
    elif len(note) > _LONG:
        with st.container(height=220, border=False):
            st.text(note)
    elif note:
        st.text(note)
