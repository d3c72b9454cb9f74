"""Opens what a pasted id names."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.places import may_open, open_place
from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.table import show_list
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import Place, PlaceKind
from services.pasted_ids import bare, ids_within, is_surely_an_id, shortened_id
from services.staff.permissions import Actor

_KINDS = {
    PlaceKind.PATIENT: "Person",
    PlaceKind.QUERY: "Query",
    PlaceKind.WEBHOOK: "Webhook",
    PlaceKind.CALL: "Upstream call",
    PlaceKind.BULK: "Bulk run",
}


def go_to_id(who: Actor, pasted: str) -> bool:
    """Open the page of what `pasted` names, or say why not.

    Answers whether there is nothing left to search for: the text is an id and no name.
    """
    try:
        return _offer_candidates(who, pasted) or _open_only(who, pasted)
    except AccessDeskError as error:
        show_error(error)
        return True


def _offer_candidates(who: Actor, pasted: str) -> bool:
    """Open or offer what a shortened id, or several ids, may mean; False for any other text."""
    shortened = shortened_id(pasted)
    if shortened is None and len(ids_within(pasted)) < 2:
        return False
    places = [place for place in desk().finder.candidates(who, pasted) if may_open(who, place)]
    if len(places) == 1:
        open_place(places[0])
    if places:
        st.markdown("That may be one of these:")
        _list(places)
    elif shortened is not None and not shortened.is_sure:
        # Eight characters may also be an id of the company.
        return False
    else:
        st.info(
            "No such id is known here. Shortened ids are known of queries, requests, webhooks and "
            "calls in the log, and of people whose names were read. Paste the whole id, or search "
            "for the name.",
            icon=":material/person_search:",
        )
    return True


def _list(places: list[Place]) -> None:
    rows = [
        Row(f"{place.kind}:{place.id}", [_KINDS[place.kind], place.id], place) for place in places
    ]
    columns = [Column("Kind"), Column("Id", Kind.ID)]
    show_list(columns, rows, key="candidates", caption="What the id may be", empty="Nothing.")


def _open_only(who: Actor, pasted: str) -> bool:
    place = desk().finder.find(who, pasted)
    if place is not None:
        if may_open(who, place):
            open_place(place)
        st.info(
            f"It is the id of a {place.kind.value}, which your role has no page for.",
            icon=":material/lock:",
        )
        return True
    if not is_surely_an_id(bare(pasted)) and not ids_within(pasted):
        return False
    st.info(
        "Nothing has this id, here or at Metriport. It may come from another environment, or not "
        "be copied completely.",
        icon=":material/person_search:",
    )
    return True
