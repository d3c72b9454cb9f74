"""Patients as a list: who they are, how far they are, and the verdict on each."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import AAL2_STATES, IDENTITY_STATES, words_of
from pages._ui.words.verdicts import verdict_words
from services.diagnosis.verdict import Verdict
from services.identity.individual_access import Standing
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Patient
from services.patients.search.patient_search import ENOUGH

_COLUMNS = (
    Column("Name"),
    Column("Born"),
    Column("Place"),
    Column("External id"),
    Column("Identity", Kind.STATE),
    Column(
        "AAL2",
        Kind.STATE,
        help="A challenge that was satisfied in the company’s own app cannot be seen here.",
    ),
    Column("Verdict", Kind.STATE, help="Why they cannot get their records, or that they can."),
    Column("Patient", Kind.ID, help="Metriport’s id of the person.", hidden=True),
)


def patients_table(
    patients: Sequence[Patient],
    standings: Mapping[str, Standing],
    verdicts: Mapping[str, Verdict],
    *,
    key: str,
    caption: str,
) -> None:
    """Draw the list, in which a row opens its person. The mappings are by patient id."""
    rows = [
        _row(patient, standings[patient.id], verdicts[patient.id])
        for patient in {patient.id: patient for patient in patients}.values()
    ]
    show_list(_COLUMNS, rows, key=key, caption=caption, empty="Nobody.", most=ENOUGH)
    _mark_unreadable(patients)


def _row(patient: Patient, standing: Standing, verdict: Verdict) -> Row:
    return Row(
        patient.id,
        [
            patient.full_name or "(no name)",
            patient.dob,
            _place(patient),
            patient.external_id,
            words_of(IDENTITY_STATES, standing.identity),
            words_of(AAL2_STATES, standing.aal2),
            verdict_words(verdict),
            patient.id,
        ],
        Place(PlaceKind.PATIENT, patient.id),
    )


def _mark_unreadable(patients: Sequence[Patient]) -> None:
    """Say who is shown only as far as upstream's answer could be read."""
    names = [patient.full_name or f"id {patient.id}" for patient in patients if patient.unreadable]
    if names:
        st.warning(
            markdown_text(
                f"Metriport sent something that cannot be read about {', '.join(names)}: they are "
                "shown without it. Open the person to see what it is."
            ),
            icon=":material/warning:",
        )


def _place(patient: Patient) -> str | None:
    """City and state of the first address."""
    home = patient.address[0] if patient.address else None
    parts = (home.city, home.state) if home else ()
    return ", ".join(part for part in parts if part) or None
