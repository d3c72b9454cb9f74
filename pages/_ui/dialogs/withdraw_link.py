"""The dialog that withdraws a link before anybody has used it."""

from datetime import datetime

import streamlit as st

from pages._ui.dialogs.open_dialog import close_dialog, dialog, open_dialog
from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION
from pages._ui.frame.errors import show_error
from pages._ui.words.links import sent_words
from pages._ui.words.outside import markdown_text
from pages._ui.words.times import duration
from services.desk import desk
from services.errors import AccessDeskError
from services.identity.individual_access import PersonAccess
from services.identity.patient_links import LinkState, link_state
from services.identity.rows import PatientLink
from services.staff.permissions import Actor

WITHDRAW = {VERIFICATION: f"Withdraw {VERIFICATION}", CHALLENGE: f"Withdraw {CHALLENGE}"}
"""The name of the act, by the kind of link."""


def withdrawable(access: PersonAccess, now: datetime) -> dict[str, PatientLink]:
    """The person's links that can be withdrawn now, by the name of the act."""
    links = {VERIFICATION: access.verification_link, CHALLENGE: access.challenge_link}
    return {
        WITHDRAW[kind]: link
        for kind, link in links.items()
        if link and link_state(link, now) is LinkState.READY
    }


def ask_to_withdraw(name: str, patient_id: str) -> None:
    """Open the dialog for one of the acts of `WITHDRAW`."""
    open_dialog(name, patient_id)


@dialog("Withdraw a link", width="medium", icon=":material/link_off:", on_dismiss=close_dialog)
def withdraw_dialog(who: Actor, link: PatientLink | None) -> None:
    """Ask, and withdraw the link; None where it was opened or has expired meanwhile."""
    now = desk().clock()
    if link is None:
        st.info("The link was opened, or has expired: there is nothing to withdraw.")
        return
    left = duration(link.expires_at - now)
    st.markdown(
        f"{sent_words(link, now)}, by {markdown_text(link.created_by)}. It would work for {left}."
    )
    st.markdown(
        "Whoever opens it from now on reads that it was withdrawn, and whom to ask. Metriport’s "
        "page behind it stays open, but nobody has its address: it is given only to a person who "
        "presses Continue, and nobody has."
    )
    if not st.button("Withdraw it", type="primary", key="withdraw_link"):
        return
    try:
        desk().link_sender.withdraw(who, link)
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast("The link is withdrawn.", icon=":material/link_off:")
    close_dialog()
    st.rerun()
