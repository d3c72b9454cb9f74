"""Where a thing is shown."""

import streamlit as st

from services.access import Actor, Permission
from services.finder import Kind, Place

_PAGES = {
    Kind.PATIENT: ("patient.py", "patient", Permission.PATIENTS_VIEW),
    Kind.QUERY: ("query.py", "query", Permission.QUERIES_VIEW),
    Kind.WEBHOOK: ("webhook.py", "message", Permission.WEBHOOKS_VIEW),
    Kind.CALL: ("calls.py", "call", Permission.WEBHOOKS_VIEW),
    Kind.BULK: ("bulk.py", "run", Permission.QUERIES_START),
}


def may_open(who: Actor, place: Place) -> bool:
    """Whether the viewer has the page that shows it."""
    return who.may(_PAGES[place.kind][2])


def open_place(place: Place) -> None:
    """Go there."""
    page, parameter, _ = _PAGES[place.kind]
    st.switch_page(page, query_params={parameter: place.id})
