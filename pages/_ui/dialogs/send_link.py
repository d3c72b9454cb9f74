"""The dialog that makes a link for a person and shows it once: to copy, to scan, or to mail."""

from urllib.parse import quote

import segno
import streamlit as st

from pages._ui.dialogs.open_dialog import (
    close_dialog,
    keep_in_dialog,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.words.times import duration, exact
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.identity.link_sender import SentLink
from services.staff.permissions import Actor

VERIFICATION, CHALLENGE = "verification link", "challenge link"

_EXPLANATIONS = {
    VERIFICATION: (
        "The person proves who they are (NIST IAL2) with an identity service. They need a photo "
        "ID and about five minutes. It is needed once."
    ),
    CHALLENGE: (
        "The person confirms with a second factor (AAL2) that it is them. It takes less than a "
        "minute, and serves one IAS query."
    ),
}
_MAIL = {
    VERIFICATION: (
        "Your link to get your health records",
        "Hello,\n\nto get your health records, please show that it is really you. Have a photo ID "
        "ready; it takes about five minutes:\n\n{url}\n\nThe link works once and for a short time "
        "only. If you did not ask for your records, please ignore this message.\n",
    ),
    CHALLENGE: (
        "Please confirm that it is you",
        "Hello,\n\nto get your health records now, please confirm that it is you:\n\n{url}\n\nThe "
        "link works once and for a short time only. If you did not ask for your records, please "
        "ignore this message.\n",
    ),
}


def ask_to_send(kind: str, patient_id: str) -> None:
    """Open the dialog for a link of that kind: `VERIFICATION` or `CHALLENGE`."""
    open_dialog(kind, patient_id)


@st.dialog("Send a link", width="medium", icon=":material/link:", on_dismiss=close_dialog)
def link_dialog(who: Actor, patient_id: str, kind: str) -> None:
    """Ask before the link is made, then show it."""
    sent = value_in_dialog()
    if isinstance(sent, SentLink):
        _hand_over(sent, kind)
        return
    st.markdown(f"**{kind.capitalize()}**")
    st.markdown(_EXPLANATIONS[kind])
    st.caption("A link of this kind that was sent before and not opened yet stops working.")
    if st.button("Make the link", type="primary", key="link_make"):
        try:
            with st.spinner("Asking Metriport …"):
                keep_in_dialog(_send(who, patient_id, kind))
        except AccessDeskError as error:
            show_error(error)
            return
        st.rerun()


def _send(who: Actor, patient_id: str, kind: str) -> SentLink:
    link_sender = desk().link_sender
    if kind == VERIFICATION:
        return link_sender.send_verification(who, patient_id)
    return link_sender.send_challenge(who, patient_id)


def _hand_over(sent: SentLink, kind: str) -> None:
    left = max((sent.expires_at - desk().clock()).total_seconds(), 0)
    st.markdown(
        f"The {kind} works **once**, until {exact(sent.expires_at, zone())} "
        f"(for {duration(left)}). It is shown only now: nobody can look it up later."
    )
    st.code(sent.url, language=None, wrap_lines=True)
    picture, beside = st.columns([2, 3], vertical_alignment="center")
    with picture:
        _qr_code(sent.url)
    with beside:
        subject, body = _MAIL[kind]
        st.markdown("Let the person scan the code, or send the link to an address you know.")
        st.link_button(
            "E-mail draft",
            f"mailto:?subject={quote(subject)}&body={quote(body.format(url=sent.url))}",
            icon=":material/mail:",
        )
        if st.button("Done", type="primary", key="link_done"):
            close_dialog()
            st.rerun()


def _qr_code(url: str) -> None:
    # Inside the page: as a file it would be served to whoever knows its address.
    picture = segno.make(url, error="m").svg_data_uri(scale=4, border=3, light="#fff")
    st.html(
        f'<img src="{picture}" alt="QR code of the link" '
        'style="width: 100%; max-width: 13rem; border-radius: .5rem">'
    )
