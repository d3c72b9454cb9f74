"""Tells viewers that a query of theirs has finished while they were elsewhere in the app."""

import streamlit as st

from pages._ui.live import live
from pages._ui.status import escaped, look
from pages._ui.words import purpose_name, short
from services.bootstrap import desk
from services.queries.rows import NetworkQuery
from services.staff.permissions import Actor, Permission

_EVERY = 5
_AWAITED = "news_awaited"


def await_finish(query_id: str) -> None:
    """The viewer has started this query: it may finish before anybody looks for it."""
    _awaited().add(query_id)


def announce_finished(who: Actor) -> None:
    """StateLook for news every few seconds, as long as the page is open."""
    if who.may(Permission.QUERIES_START):
        live(_tell, _EVERY)(who)


def _tell(who: Actor) -> None:
    awaited = _awaited()
    ended = desk().queries.ended_among(who, awaited) if awaited else ()
    for query in ended:
        awaited.discard(query.id)
        if not _is_seen(query):
            _toast(query)
    awaited |= desk().queries.running_of(who)


def _awaited() -> set[str]:
    """The ids of the viewer's queries that ran when somebody looked last."""
    awaited: set[str] = st.session_state.setdefault(_AWAITED, set())
    return awaited


def _is_seen(query: NetworkQuery) -> bool:
    """Whether the page that is open shows it anyway."""
    shown = st.query_params.values()
    return query.id in shown or query.patient_id in shown


def _toast(query: NetworkQuery) -> None:
    shown = look(query.status)
    st.toast(
        f"{purpose_name(query.purpose)} query {escaped(short(query.id))}: {shown.label.lower()}",
        icon=f":material/{shown.icon}:",
        duration="long",
    )
