"""The dialogs about a person's consent: record it by telephone, withdraw it, make a link for it."""

import streamlit as st

from pages._ui.dialogs.copy_link import copy_link
from pages._ui.dialogs.focus import focus_first
from pages._ui.dialogs.grounds import GROUNDS, GroundsFields
from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    keep_in_dialog,
    value_in_dialog,
)
from pages._ui.frame.errors import show_error
from pages._ui.words.acts import CONSENT_LINK, RECORD_CONSENT, REVOKE_CONSENT
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.identity.consent.consents import REVOKE_REASONS, WithdrawalLink
from services.identity.consent.texts import ConsentWords, blocks_of
from services.staff.permissions import Actor

CONSENT_DIALOGS = (RECORD_CONSENT, REVOKE_CONSENT, CONSENT_LINK)


def consent_dialog(who: Actor, patient_id: str, name: str) -> None:
    """Draw the dialog of that name, one of `CONSENT_DIALOGS`."""
    if name == RECORD_CONSENT:
        _record(who, patient_id)
    elif name == REVOKE_CONSENT:
        _revoke(who, patient_id)
    elif isinstance(link := value_in_dialog(), WithdrawalLink):
        _show_link(link)
    else:
        _make_link(who, patient_id)


@dialog(RECORD_CONSENT, width="medium", icon=":material/signature:", on_dismiss=close_dialog)
def _record(who: Actor, patient_id: str) -> None:
    words = desk().consents.terms.words
    st.markdown("The person is on the telephone. **Read this text to them, word for word:**")
    with st.container(border=True, height=320):
        _draw_text(words)
    agreed = st.checkbox(
        "I read the whole text aloud, and the person said that they agree.", key="consent_agreed"
    )
    ticket = st.text_input(
        "Ticket (optional)",
        placeholder="SUP-1042",
        max_chars=40,
        autocomplete="off",
        key="consent_ticket",
    )
    mark = st.empty()
    st.markdown(f":small[It is recorded under your name, {markdown_text(who.name)}.]")
    if not st.button(RECORD_CONSENT, type="primary", key="consent_record"):
        return
    try:
        desk().consents.record(who, patient_id, words.hash, agreed, ticket.strip())
    except InvalidInput as error:
        complaints = " ".join(error.fields.values())
        mark.markdown(f":red[:material/error: {markdown_text(complaints)}]")
        return
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast("The consent is recorded.", icon=":material/signature:")
    close_dialog()
    st.rerun()


def _draw_text(words: ConsentWords) -> None:
    if words.is_example:
        st.markdown(
            ":orange-badge[:material/warning: Example text] An administrator has to put the "
            "company’s own in its place (`CONSENT_TEXT`)."
        )
    for block in blocks_of(words.text):
        mark = "- " if block.is_list else ""
        st.markdown("\n".join(mark + markdown_text(line) for line in block.lines))
    st.markdown(f":small[Version {markdown_text(words.version)}]")


@dialog(REVOKE_CONSENT, width="medium", icon=":material/block:", on_dismiss=close_dialog)
def _revoke(who: Actor, patient_id: str) -> None:
    st.markdown(
        "Everything that the person has agreed to so far stops to count now. What was retrieved "
        "before stays. They can agree anew on the page of a link, or on the telephone."
    )
    why = GroundsFields("consent")
    grounds = why.ask(REVOKE_REASONS)
    st.markdown(f":small[It is noted under your name, {markdown_text(who.name)}.]")
    if not st.button(REVOKE_CONSENT, type="primary", key="consent_revoke"):
        return
    try:
        desk().consents.revoke(who, patient_id, grounds)
    except InvalidInput as error:
        why.show_complaints(error.fields)
        focus_first("consent", [name for name in GROUNDS if name in error.fields])
        return
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast("The consent is withdrawn.", icon=":material/block:")
    close_dialog()
    st.rerun()


@dialog(CONSENT_LINK, width="medium", icon=":material/link:", on_dismiss=close_dialog)
def _make_link(who: Actor, patient_id: str) -> None:
    st.markdown(
        "With this link the person withdraws their consent by themselves, whenever they want. It "
        "does nothing else, and works for years. **A link that they were given before stops "
        "working.**"
    )
    if not st.button("Make the link", type="primary", key="consent_link_make"):
        return
    try:
        keep_in_dialog(desk().consents.new_link(who, patient_id))
    except AccessDeskError as error:
        show_error(error)
        return
    st.rerun()


# Nothing but its own button closes it: the link could not be shown again.
@dialog(CONSENT_LINK, width="medium", icon=":material/link:", dismissible=False)
def _show_link(link: WithdrawalLink) -> None:
    st.markdown(
        "It is shown only now: nobody can look it up later. Copy it, and send it to an address "
        "that you know."
    )
    copy_link(link.url, key="consent_link_copy")
    if st.button("Done", type="primary", key="consent_link_done"):
        close_dialog()
        st.rerun()
