"""The choice of sources and the ticket, which the queries of every purpose share."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.words.names import SOURCES
from pages._ui.words.outside import markdown_text
from services.metriport.schemas import Sources


def choose_sources(key: str) -> Sources:
    """Ask which sources a query asks; HIE is chosen to begin with."""
    chosen = st.pills(
        "Sources",
        list(SOURCES),
        selection_mode="multi",
        default=["hie"],
        format_func=lambda source: SOURCES[source],
        key=f"{key}_sources",
    )
    wants_pharmacy = "pharmacy" in chosen
    realtime = st.toggle(
        "Realtime pharmacy",
        disabled=not wants_pharmacy,
        help="Also asks Surescripts in real time: newer, slower, and charged per request.",
        key=f"{key}_realtime",
    )
    return Sources(
        hie="hie" in chosen,
        pharmacy=wants_pharmacy,
        realtime=bool(realtime) and wants_pharmacy,
        lab="lab" in chosen,
    )


def ask_ticket(key: str) -> str:
    """Ask for the ticket that the query belongs to; empty for none."""
    ticket = st.text_input(
        "Ticket (optional)", placeholder="SUP-1042", max_chars=40, key=f"{key}_ticket"
    )
    return (ticket or "").strip()


def show_complaints(fields: Mapping[str, str]) -> None:
    """Show what is wrong with the fields; `fields` maps each to its reason."""
    for reason in fields.values():
        st.markdown(f":red[:material/error: {markdown_text(reason)}]")
