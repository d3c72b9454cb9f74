"""Tells viewers that a query of theirs has finished while they were on another page."""

import streamlit as st

from pages._ui.frame.live import Subject, live
from pages._ui.words.names import purpose_name, short
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import QUERY_STATES, words_of
from services.desk import desk
from services.queries.rows import NetworkQuery
from services.staff.permissions import Actor, Permission

_AWAITED = "awaited_queries"


def await_finish(query_id: str) -> None:
    """Announce the end of this query, even if it ends before the next look at the log."""
    _awaited().add(query_id)


def announce_finished(who: Actor) -> None:
    """Show a toast for each query of the viewer that ends, as long as any page is open."""
    if who.may(Permission.QUERIES_START):
        live(_announce, Subject.STAFF)(who)


def _announce(who: Actor) -> None:
    awaited = _awaited()
    ended = desk().queries.ended_among(who, awaited) if awaited else ()
    for query in ended:
        awaited.discard(query.id)
        if not _is_on_page(query):
            _toast(query)
    awaited |= desk().queries.open_of(who)


def _awaited() -> set[str]:
    """The ids of the viewer's queries that were running at the last look."""
    awaited: set[str] = st.session_state.setdefault(_AWAITED, set())
    return awaited


def _is_on_page(query: NetworkQuery) -> bool:
    """Whether the page that is open shows the query or its person."""
    ids = st.query_params.values()
    return query.id in ids or query.patient_id in ids


def _toast(query: NetworkQuery) -> None:
    state = words_of(QUERY_STATES, query.status)
    sentence = f"{purpose_name(query.purpose)} query {short(query.id)}: {state.label.lower()}"
    st.toast(markdown_text(sentence), icon=f":material/{state.icon}:", duration="long")
