"""Who a person is and how to reach them, as upstream has it now, and what can be changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from pages._ui.adoption.marked import ask_to_mark, mark_acts, mark_badge
from pages._ui.dialogs.change_flag import OPT_OUT, RELATIONSHIP, ask_to_change
from pages._ui.dialogs.edit_patient import ask_to_edit
from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.dialogs.withdraw_link import ask_to_withdraw, withdrawable
from pages._ui.frame.go import go_to, page_address
from pages._ui.list.facts_grid import Id, facts_grid
from pages._ui.retention.their_data import their_data_menu
from pages._ui.words.acts import CORRECT, START_TREATMENT
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.patients.form import GENDERS
from services.queries.requests import TREATMENT
from services.staff.permissions import Actor, Permission


def patient_header(
    who: Actor, patient: Patient, facilities: Mapping[str, str], access: PersonAccess
) -> None:
    """Draw it, with what `who` may change or start.

    `facilities` maps ids to names.
    """
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        st.title(markdown_text(patient.full_name) or "(no name)")
        st.markdown(markdown_text(_describe(patient, desk().clock().date())))
        mark_badge(who, patient.id)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        their_data_menu(who, patient.id)
        _change_menu(who, patient.id, access)
        if who.may(Permission.QUERIES_START) and st.button(
            START_TREATMENT, icon=":material/travel_explore:"
        ):
            ask_to_start(TREATMENT, patient.id)
    _warnings(patient)
    _facts(patient, facilities)
    if who.may(Permission.ACCESS_LOG):
        _link_to_lookers(patient.id)


def _link_to_lookers(patient_id: str) -> None:
    # No link of Streamlit's: it would keep the filters that the viewer left on that page.
    if st.button("Who looked at this record", icon=":material/policy:", type="tertiary"):
        go_to(page_address("access_log.py", {"about": patient_id}))


def _change_menu(who: Actor, patient_id: str, access: PersonAccess) -> None:
    acts: dict[str, Callable[[], None]] = {}
    if who.may(Permission.PATIENTS_CORRECT):
        acts[CORRECT] = partial(ask_to_edit, patient_id)
        acts["HIE exchange"] = partial(ask_to_change, OPT_OUT, patient_id)
        acts["Treatment relationship"] = partial(ask_to_change, RELATIONSHIP, patient_id)
    if who.may(Permission.LINKS_SEND):
        for name in withdrawable(access, desk().clock()):
            acts[name] = partial(ask_to_withdraw, name, patient_id)
    for name in mark_acts(who, patient_id):
        acts[name] = partial(ask_to_mark, name, patient_id)
    if not acts:
        return
    chosen = st.menu_button("Change", list(acts), icon=":material/edit:", key="change_person")
    if chosen:
        acts[chosen]()


def _warnings(patient: Patient) -> None:
    if patient.hie_opt_out:
        st.warning(
            "**Opted out of HIE exchange.** HIE sources will not be asked for this person; "
            "pharmacy and laboratory still can be.",
            icon=":material/do_not_disturb_on:",
        )
    if patient.treatment_relationship is False:
        st.warning(
            "**No treatment relationship.** Metriport refuses treatment queries for this person; "
            "their own access (IAS) is not touched.",
            icon=":material/person_off:",
        )
    if patient.unreadable:
        st.warning(
            markdown_text(f"Metriport sent what cannot be read: {'; '.join(patient.unreadable)}."),
            icon=":material/warning:",
        )


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


def _facts(patient: Patient, facilities: Mapping[str, str]) -> None:
    names = [facilities.get(facility_id, facility_id) for facility_id in patient.facility_ids]
    related = {True: "Exists", False: "Does not exist", None: "Metriport does not say"}
    facts_grid(
        [
            ("Telephone", _join([contact.phone for contact in patient.contact], _phone)),
            ("E-mail", _join([contact.email for contact in patient.contact])),
            ("Patient id", Id(patient.id)),
            ("External id", patient.external_id),
            ("Facility", ", ".join(names)),
            ("HIE exchange", "Opted out" if patient.hie_opt_out else "Takes part"),
            ("Treatment relationship", related[patient.treatment_relationship]),
        ],
        key="patient_facts",
    )


def _join(values: Sequence[str | None], show: Callable[[str], str] = str) -> str:
    return ", ".join(dict.fromkeys(show(value) for value in values if value))


def _phone(digits: str) -> str:
    """Ten digits as people read them; anything else as it came."""
    if len(digits) != 10 or not digits.isdecimal():
        return digits
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
