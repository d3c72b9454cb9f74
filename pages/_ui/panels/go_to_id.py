"""Opens what a pasted id names."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.places import may_open, open_place
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.pasted_ids import bare, is_surely_an_id
from services.staff.permissions import Actor


def go_to_id(who: Actor, pasted: str) -> bool:
    """Open the page of what `pasted` names, or say why not.

    Answers whether there is nothing left to search for: the text is an id and no name.
    """
    try:
        place = desk().finder.find(who, pasted)
    except AccessDeskError as error:
        show_error(error)
        return True
    if place is not None:
        if may_open(who, place):
            open_place(place)
        st.info(
            f"It is the id of a {place.kind.value}, which your role has no page for.",
            icon=":material/lock:",
        )
        return True
    if not is_surely_an_id(bare(pasted)):
        return False
    st.info(
        "Nothing has this id, here or at Metriport. It may come from another environment, or not "
        "be copied completely.",
        icon=":material/person_search:",
    )
    return True
