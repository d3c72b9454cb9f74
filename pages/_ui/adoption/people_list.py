"""The people who went no further than a step, with their names as Metriport has them now."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages._ui.adoption.funnel import close_people
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import remembered
from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.paging import cursor, paging_buttons
from pages._ui.list.table import show_list
from pages._ui.words.adoption import STEPS
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Patient
from services.outcomes.adoption.step_people import StoppedPerson
from services.outcomes.adoption.steps import Step
from services.outcomes.adoption.views import AdoptionView
from services.staff.permissions import Actor

_COLUMNS = [
    Column("Name"),
    Column("Born"),
    Column("Link made", Kind.MOMENT),
    Column("Last step", Kind.MOMENT, help="The newest of their steps, in whatever order."),
    Column("Patient", Kind.ID, help="Metriport’s id of the person."),
]


def show_people(who: Actor, view: AdoptionView, step: Step) -> None:
    """Draw a page of the people; a row opens its person."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"Went no further than “{STEPS[step]}”", anchor="people")
            st.space("stretch")
            st.button("Close", icon=":material/close:", on_click=close_people, key="close_people")
        try:
            page = desk().step_people.stopped_at(who, view, step, cursor())
        except AccessDeskError as error:
            show_error(error)
            return
        names = _names(who, page.rows)
        rows = [_row(person, names) for person in page.rows]
        show_list(
            _COLUMNS,
            rows,
            key="adoption_people",
            caption="People who went no further",
            empty="Nobody: whoever came this far in the period also took the next step.",
        )
        if page.next or cursor():
            paging_buttons(page.next)


def _names(who: Actor, rows: Sequence[StoppedPerson]) -> Mapping[str, Patient]:
    """The people as Metriport has them now, by id; empty where it does not answer."""
    ids = [row.patient_id for row in rows]
    if not ids:
        return {}
    try:
        key = f"adoption people {' '.join(ids)}"
        people = remembered(key, 60, lambda: desk().patients.read_anew(who, ids))
    except AccessDeskError as error:
        show_error(error)
        return {}
    return {person.id: person for person in people}


def _row(person: StoppedPerson, names: Mapping[str, Patient]) -> Row:
    known = names.get(person.patient_id)
    name = (known.full_name or "(no name)") if known else "(not at Metriport)"
    cells = [
        name,
        known.dob if known else None,
        person.made_at,
        person.last_at,
        person.patient_id,
    ]
    return Row(person.patient_id, cells, Place(PlaceKind.PATIENT, person.patient_id))
