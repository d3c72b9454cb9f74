"""Who a person is: name, birth, sex, address and ids, as upstream has them now."""

from collections.abc import Mapping
from datetime import date

import streamlit as st

from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.words.outside import markdown_text
from services.bootstrap import desk
from services.metriport.schemas import Patient
from services.patients.form import GENDERS
from services.queries.requests import TREATMENT
from services.staff.permissions import Actor, Permission


def patient_header(who: Actor, patient: Patient, facilities: Mapping[str, str]) -> None:
    """Draw it, with the button that starts a treatment query where `who` may.

    `facilities` maps ids to names.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        st.title(markdown_text(patient.full_name) or "(no name)")
        st.markdown(markdown_text(_describe(patient, desk().clock().date())))
    with right, st.container(horizontal_alignment="right"):
        if who.may(Permission.QUERIES_START) and st.button(
            "Start treatment query", icon=":material/travel_explore:"
        ):
            ask_to_start(TREATMENT, patient.id)
    if patient.hie_opt_out:
        st.warning(
            "**Opted out of HIE exchange.** HIE sources will not be asked for this person; "
            "pharmacy and laboratory still can be.",
            icon=":material/do_not_disturb_on:",
        )
    if patient.unreadable:
        st.warning(
            markdown_text(f"Metriport sent what cannot be read: {'; '.join(patient.unreadable)}."),
            icon=":material/warning:",
        )
    _ids(patient, facilities)


def _describe(patient: Patient, today: date) -> str:
    born = f"Born {patient.dob}{_age(patient.dob, today)}"
    sex = GENDERS.get(patient.gender_at_birth, patient.gender_at_birth)
    return " · ".join(part for part in (born, sex, _home(patient)) if part)


def _age(dob: str, today: date) -> str:
    """The age in whole years, in brackets; empty where `dob` is no date."""
    try:
        born = date.fromisoformat(dob)
    except ValueError:
        return ""
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f" ({years})"


def _home(patient: Patient) -> str:
    """The first address, on one line."""
    if not patient.address:
        return ""
    home = patient.address[0]
    region = f"{home.state or ''} {home.zip or ''}"
    return ", ".join(part for part in (home.address_line1, home.city, region) if part)


def _ids(patient: Patient, facilities: Mapping[str, str]) -> None:
    names = [facilities.get(facility_id, facility_id) for facility_id in patient.facility_ids]
    shown = {
        "Patient id": patient.id,
        "External id": patient.external_id or "—",
        "Facility": ", ".join(names) or "—",
    }
    for column, (label, value) in zip(st.columns([4, 2, 3]), shown.items(), strict=True):
        column.caption(label)
        column.code(value, language=None)
