"""Where a thing is shown."""

import streamlit as st

from services.lookup.finder import Place, PlaceKind
from services.staff.permissions import Actor, Permission

_PAGES = {
    PlaceKind.PATIENT: ("patient.py", "patient", Permission.PATIENTS_VIEW),
    PlaceKind.QUERY: ("query.py", "query", Permission.QUERIES_VIEW),
    PlaceKind.WEBHOOK: ("webhook.py", "message", Permission.WEBHOOKS_VIEW),
    PlaceKind.CALL: ("calls.py", "call", Permission.WEBHOOKS_VIEW),
    PlaceKind.BULK: ("bulk.py", "run", Permission.QUERIES_START),
}


def may_open(who: Actor, place: Place) -> bool:
    """Whether the viewer has the page that shows it."""
    return who.may(_PAGES[place.kind][2])


def open_place(place: Place) -> None:
    """Go there."""
    page, parameter, _ = _PAGES[place.kind]
    st.switch_page(page, query_params={parameter: place.id})
