"""The dialogs of a person's page: whichever of them is open."""

from collections.abc import Callable, Mapping

from pages._ui.adoption.marked import MARK_DIALOGS, mark_dialog
from pages._ui.consent.consent_dialogs import CONSENT_DIALOGS, consent_dialog
from pages._ui.dialogs.change_flag import (
    OPT_OUT,
    RELATIONSHIP,
    opt_out_dialog,
    relationship_dialog,
)
from pages._ui.dialogs.edit_patient import EDIT, edit_dialog
from pages._ui.dialogs.open_dialog import name_of_open
from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, link_dialog
from pages._ui.dialogs.start_query import ias_dialog, treatment_dialog
from pages._ui.dialogs.withdraw_link import WITHDRAW, withdraw_dialog, withdrawable
from pages._ui.retention.their_data import their_data_dialogs
from services.desk import desk
from services.identity.individual_access import PersonAccess
from services.metriport.schemas import Patient
from services.queries.requests import IAS, TREATMENT
from services.staff.permissions import Actor


def person_dialogs(
    who: Actor,
    patient: Patient,
    facilities: Mapping[str, str],
    access: PersonAccess,
    on_changed: Callable[[], None],
) -> None:
    """Draw the dialog that is open for this person.

    `facilities` maps ids to names; `on_changed` is called once upstream holds other data of them.
    """
    name = name_of_open(patient.id)
    own = {key: facilities.get(key, key) for key in patient.facility_ids} or facilities
    if name == TREATMENT:
        treatment_dialog(who, patient, own)
    elif name == IAS:
        ias_dialog(who, patient, access)
    elif name in (VERIFICATION, CHALLENGE):
        link_dialog(who, patient.id, name)
    elif name and name in WITHDRAW.values():
        withdraw_dialog(who, withdrawable(access, desk().clock()).get(name))
    elif name in CONSENT_DIALOGS:
        consent_dialog(who, patient.id, name)
    elif name == EDIT:
        edit_dialog(who, patient, own, on_changed)
    elif name == OPT_OUT:
        opt_out_dialog(who, patient, on_changed)
    elif name == RELATIONSHIP:
        relationship_dialog(who, patient, on_changed)
    elif name in MARK_DIALOGS:
        mark_dialog(who, patient.id, name)
    else:
        their_data_dialogs(who, name, patient.id)
