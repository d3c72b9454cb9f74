"""Tells viewers that a query of theirs has finished while they were elsewhere in the app."""

import streamlit as st

from pages._ui.live import live
from pages._ui.status import escaped, look
from pages._ui.words import purpose_name, short
from services.access import Actor, Permission
from services.bootstrap import desk

_EVERY = 5
_SINCE = "news_since"


def tell_news(who: Actor) -> None:
    """Look for news every few seconds, as long as the page is open."""
    if who.may(Permission.QUERIES_START):
        live(_tell, _EVERY)(who)


def _tell(who: Actor) -> None:
    now = desk().clock()
    since = st.session_state.setdefault(_SINCE, now)
    st.session_state[_SINCE] = now
    for query in desk().queries.finished_of(who, since, now):
        if query.id in st.query_params.values() or query.patient_id in st.query_params.values():
            continue
        shown = look(query.status)
        st.toast(
            f"{purpose_name(query.purpose)} query {escaped(short(query.id))}: "
            f"{shown.label.lower()}",
            icon=f":material/{shown.icon}:",
            duration="long",
        )
