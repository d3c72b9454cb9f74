"""The reason and the ticket that an act on a person needs."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.words.outside import markdown_text
from services.staff.reasons import Grounds

GROUNDS = ("reason", "ticket")
"""The names of the fields, in their order."""


class GroundsFields:
    """The two fields, drawn side by side under `key`."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._marks: dict[str, DeltaGenerator] = {}

    def ask(self, reasons: Sequence[str], start: Grounds | None = None) -> Grounds:
        """Draw the fields, filled with `start`; answers what stands in them."""
        given = start or Grounds("")
        left, right = st.columns([3, 2])
        reason = left.selectbox(
            "Reason",
            reasons,
            index=reasons.index(given.reason) if given.reason in reasons else None,
            key=f"{self._key}_reason",
        )
        ticket = right.text_input(
            "Ticket (optional)",
            value=given.ticket,
            placeholder="SUP-1042",
            max_chars=40,
            autocomplete="off",
            key=f"{self._key}_ticket",
        )
        self._marks = {"reason": left.empty(), "ticket": right.empty()}
        return Grounds(reason or "", (ticket or "").strip())

    def show_complaints(self, fields: Mapping[str, str]) -> None:
        """Show below each of the two fields what is wrong with it."""
        for name, mark in self._marks.items():
            if name in fields:
                mark.markdown(f":red[:material/error: {markdown_text(fields[name])}]")
