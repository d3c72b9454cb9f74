"""The dialog that makes an incident packet: whom a suspected breach concerns, and what was seen."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import streamlit as st

from pages._ui.dialogs.file_button import file_button
from pages._ui.dialogs.grounds import GroundsFields
from pages._ui.dialogs.open_dialog import close_dialog, dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.retention.invalid import show_invalid
from pages._ui.words.audit.sentences import event_sentence
from services.compliance.rights.incidents import (
    INCIDENT_REASONS,
    IncidentFilters,
    pasted_people,
)
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.exports.formats import file_name
from services.outcomes.buckets import day_start
from services.staff.exports import MOST_ROWS, Export
from services.staff.permissions import Actor


@dialog("Incident packet", icon=":material/crisis_alert:", width="large", on_dismiss=close_dialog)
def incident_dialog(who: Actor, staff: Mapping[str, str]) -> None:
    """Ask what the incident is, count, and offer the packet; `staff` are names by stable id."""
    st.markdown(
        "For a suspected breach: who saw or did what of whom, and when, as the access log has it, "
        "with one row for each person. Patients are named **by id only**. Choose at least people, "
        "a member of the staff, or days."
    )
    fields = GroundsFields("incident")
    try:
        filters = _filters(staff)
        grounds = fields.ask(INCIDENT_REASONS)
        if not st.button("Count the events", key="incident_count", icon=":material/rule:"):
            return
        export = desk().incidents.prepare(who, filters, grounds, event_sentence)
        number = desk().exports.count(who, export)
    except InvalidInput as error:
        show_invalid(error, fields)
        return
    except AccessDeskError as error:
        show_error(error)
        return
    _offer(who, export, number)


def _filters(staff: Mapping[str, str]) -> IncidentFilters:
    people = st.text_area(
        "Patient ids (optional)",
        key="incident_people",
        height=100,
        placeholder="Paste a list, an e-mail or a ticket: the ids in it are found",
    )
    left, right = st.columns(2)
    member = left.selectbox(
        "Member of the staff (optional)",
        list(staff),
        index=None,
        format_func=lambda key: staff[key],
        key="incident_staff",
    )
    address = right.text_input(
        "Network address (optional)", key="incident_address", autocomplete="off", max_chars=60
    )
    since = left.date_input("From (optional)", value=None, format="YYYY-MM-DD", key="incident_from")
    until = right.date_input("To (optional)", value=None, format="YYYY-MM-DD", key="incident_to")
    return IncidentFilters(
        actor_id=member,
        people=pasted_people(people or ""),
        since=_midnight(since),
        until=_midnight(until, days_on=1),
        address=address or None,
    )


def _midnight(day: date | None, days_on: int = 0) -> datetime | None:
    return None if day is None else day_start(day + timedelta(days=days_on), zone())


def _offer(who: Actor, export: Export, number: int) -> None:
    if number > MOST_ROWS:
        st.warning(
            f"More than {MOST_ROWS:,} events match, and a packet holds no more. Choose fewer days "
            "or people, and make a packet of each.",
            icon=":material/filter_alt:",
        )
        return
    number_of = len(export.shown)
    noun = "person" if number_of == 1 else "people"
    people = f" about **{number_of:,} {noun}**" if number_of else ""
    st.markdown(
        f"**{number:,} rows**{people}. That you made the packet, with these filters and why, is "
        "noted before it is handed out."
    )
    with st.container(horizontal=True):
        for form in desk().incidents.formats:
            file_button(
                f"Download {form.name}",
                lambda form=form: desk().exports.make(who, export, form),  # type: ignore[misc]
                name=file_name(export.table, form, desk().clock()),
                mime=form.mime,
                key=f"incident_{form.ending}",
                disabled=not number,
            )
