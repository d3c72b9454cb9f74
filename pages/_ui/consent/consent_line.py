"""A person's consent inside a step of individual access, and what staff can do with it."""

from functools import partial

import streamlit as st

from pages._ui.consent.consent_words import consent_state, consent_times, consent_words
from pages._ui.dialogs.open_dialog import open_dialog
from pages._ui.frame.viewer import zone
from pages._ui.words.acts import CONSENT_LINK, RECORD_CONSENT, REVOKE_CONSENT
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from services.desk import desk
from services.identity.consent.consent_state import ConsentRule
from services.identity.individual_access import PersonAccess
from services.staff.permissions import Actor, Permission


def consent_line(who: Actor, patient_id: str, access: PersonAccess) -> None:
    """Draw the state of the consent, with a menu for whoever may record one; nothing if off."""
    if desk().identity.consent_rule is ConsentRule.OFF:
        return
    facts, now = access.consent, desk().clock()
    st.markdown(badge_of(consent_state(facts)), help=consent_times(facts, zone()) or None)
    st.markdown(f":small[{markdown_text(consent_words(facts, now, zone()))}]")
    if who.may(Permission.CONSENT_RECORD):
        _menu(patient_id, facts.is_given)


def ask_to_record(patient_id: str) -> None:
    """Open the dialog that records a consent by telephone."""
    open_dialog(RECORD_CONSENT, patient_id)


def _menu(patient_id: str, is_given: bool) -> None:
    acts = {RECORD_CONSENT: partial(ask_to_record, patient_id)}
    if is_given:
        acts[REVOKE_CONSENT] = partial(open_dialog, REVOKE_CONSENT, patient_id)
        acts[CONSENT_LINK] = partial(open_dialog, CONSENT_LINK, patient_id)
    chosen = st.menu_button(
        "Consent", list(acts), icon=":material/signature:", key="consent_menu", type="tertiary"
    )
    if chosen:
        acts[chosen]()
