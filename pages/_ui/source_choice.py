"""The choice of sources and the ticket, the same for every purpose."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.words import SOURCES
from services.metriport.schemas import Sources


def choose_sources(key: str) -> Sources:
    """The sources that a query asks; HIE to begin with."""
    chosen = st.pills(
        "Sources",
        list(SOURCES),
        selection_mode="multi",
        default=["hie"],
        format_func=lambda one: SOURCES[one],
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
    """The ticket that the query belongs to, if any."""
    typed = st.text_input(
        "Ticket (optional)", placeholder="SUP-1042", max_chars=40, key=f"{key}_ticket"
    )
    return (typed or "").strip()


def show_complaints(fields: Mapping[str, str]) -> None:
    """What is wrong with what was entered."""
    for reason in fields.values():
        st.markdown(f":red[:material/error: {reason}]")
