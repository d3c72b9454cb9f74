"""The dialogs of a person's page: whichever of them is open."""

from collections.abc import Mapping

from pages._ui.dialogs.open_dialog import name_of_open
from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, link_dialog
from pages._ui.dialogs.start_query import ias_dialog, treatment_dialog
from services.metriport.schemas import Patient
from services.queries.requests import IAS, TREATMENT
from services.staff.permissions import Actor


def person_dialogs(who: Actor, patient: Patient, facilities: Mapping[str, str]) -> None:
    """Draw the dialog that is open for this person; `facilities` maps ids to names."""
    name = name_of_open(patient.id)
    if name == TREATMENT:
        own = {key: facilities.get(key, key) for key in patient.facility_ids}
        treatment_dialog(who, patient, own or facilities)
    elif name == IAS:
        ias_dialog(who, patient)
    elif name in (VERIFICATION, CHALLENGE):
        link_dialog(who, patient.id, name)
