"""Patients as a table: who they are, how far they are, and the verdict on each."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages._ui.list.tables import height, opened, opener, state_column, words_column
from pages._ui.words.outside import button_text, cell_text, markdown_text
from pages._ui.words.states import AAL2_STATES, IDENTITY_STATES, label
from pages._ui.words.verdicts import verdict_words
from services.diagnosis.verdict import Verdict
from services.identity.individual_access import Standing
from services.metriport.schemas import Patient
from services.patients.search import ENOUGH


def patients_table(
    patients: Sequence[Patient],
    standings: Mapping[str, Standing],
    verdicts: Mapping[str, Verdict],
) -> None:
    """Draw the table; a click on a name opens the person. The mappings are by patient id."""
    st.dataframe(
        patients_frame(patients, standings, verdicts),
        hide_index=True,
        key="patients_table",
        alt="Patients that match the search",
        height=height(len(patients), ENOUGH),
        column_config={
            "Name": opener("patients_open", 172),
            "Born": st.column_config.TextColumn(width=90),
            "Place": st.column_config.TextColumn(width=116),
            "External id": st.column_config.TextColumn(width=96),
            "Identity": state_column(IDENTITY_STATES, IDENTITY_STATES, 108),
            "AAL2": state_column(
                AAL2_STATES,
                AAL2_STATES,
                108,
                "A challenge that was satisfied in the company’s own app cannot be seen here.",
            ),
            "Verdict": words_column(
                map(verdict_words, verdicts.values()),
                150,
                "Why they cannot get their records, or that they can.",
            ),
        },
    )
    _mark_unreadable(patients)
    if chosen := opened("patients_open", patients):
        st.switch_page("patient.py", query_params={"patient": chosen.id})


def patients_frame(
    patients: Sequence[Patient],
    standings: Mapping[str, Standing],
    verdicts: Mapping[str, Verdict],
) -> pd.DataFrame:
    """The content of the table. Each state is a list of one word."""
    of_patients = [standings[patient.id] for patient in patients]
    return pd.DataFrame(
        {
            "Name": [button_text(patient.full_name or "(no name)") for patient in patients],
            "Born": [cell_text(patient.dob) for patient in patients],
            "Place": [cell_text(_place(patient)) for patient in patients],
            "External id": [cell_text(patient.external_id or "—") for patient in patients],
            "Identity": [[label(IDENTITY_STATES, standing.identity)] for standing in of_patients],
            "AAL2": [[label(AAL2_STATES, standing.aal2)] for standing in of_patients],
            "Verdict": [[verdict_words(verdicts[patient.id]).label] for patient in patients],
        }
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


def _place(patient: Patient) -> str:
    """City and state of the first address."""
    if not patient.address:
        return "—"
    home = patient.address[0]
    return ", ".join(part for part in (home.city, home.state) if part) or "—"
