"""The dialog that makes a link for a person and shows it once: to copy, to scan, or to mail."""

from dataclasses import dataclass, replace
from urllib.parse import quote

import segno
import streamlit as st

from pages._ui.dialogs.copy_link import copy_link
from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    keep_in_dialog,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.errors import errors_shown, show_error
from pages._ui.frame.viewer import zone
from pages._ui.words.acts import SEND_CHALLENGE, SEND_VERIFICATION
from pages._ui.words.links import SENT_WAYS, way_words
from pages._ui.words.times import duration, exact
from services.desk import desk
from services.errors import AccessDeskError
from services.identity.link_sender import SentLink
from services.identity.patient_links import SentWay
from services.staff.permissions import Actor

VERIFICATION, CHALLENGE = "verification link", "challenge link"

_ACTS = {VERIFICATION: SEND_VERIFICATION, CHALLENGE: SEND_CHALLENGE}

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


@dataclass(frozen=True)
class _Handover:
    """A link that is shown now, how it was sent, and whether the dialog asks before it closes."""

    link: SentLink
    way: SentWay | None = None
    asks: bool = False


def link_dialog(who: Actor, patient_id: str, kind: str) -> None:
    """Ask before the link is made, then show it."""
    name, icon = _ACTS[kind], ":material/link:"
    if isinstance(value_in_dialog(), _Handover):
        # Nothing but its own buttons closes it: the link could not be shown again.
        dialog(name, width="medium", icon=icon, dismissible=False)(_hand_over)(who, kind)
    else:
        make = dialog(name, width="medium", icon=icon, on_dismiss=close_dialog)(_make)
        make(who, patient_id, kind)


def _make(who: Actor, patient_id: str, kind: str) -> None:
    st.markdown(_EXPLANATIONS[kind])
    st.caption("A link of this kind that was made before and not opened yet stops working.")
    if st.button("Make the link", type="primary", key="link_make"):
        try:
            with st.spinner("Asking Metriport …"):
                keep_in_dialog(_Handover(_send(who, patient_id, kind)))
        except AccessDeskError as error:
            show_error(error)
            return
        st.rerun()


def _send(who: Actor, patient_id: str, kind: str) -> SentLink:
    link_sender = desk().link_sender
    if kind == VERIFICATION:
        return link_sender.send_verification(who, patient_id)
    return link_sender.send_challenge(who, patient_id)


def _hand_over(who: Actor, kind: str) -> None:
    # Read here: a dialog that is drawn anew by itself is given the arguments of before.
    handover = value_in_dialog()
    if not isinstance(handover, _Handover):
        return
    link = handover.link
    left = max((link.expires_at - desk().clock()).total_seconds(), 0)
    st.markdown(
        f"The {kind} works **once**, until {exact(link.expires_at, zone())} "
        f"(for {duration(left)}). It is shown only now: nobody can look it up later."
    )
    if copy_link(link.url, key="link_copy"):
        _mark(who, handover, SentWay.COPIED)
    picture, beside = st.columns([2, 3], vertical_alignment="center")
    with picture:
        _qr_code(link.url)
    with beside:
        _offer_mail(who, handover, kind)
    way = st.pills(
        "How did you send it?",
        list(SENT_WAYS),
        format_func=lambda way: SENT_WAYS[way],
        key="link_way",
    )
    if way and way != handover.way:
        _mark(who, handover, SentWay(way))
    _close_or_ask(who, handover)


def _offer_mail(who: Actor, handover: _Handover, kind: str) -> None:
    subject, body = _MAIL[kind]
    st.markdown("Let the person scan the code, or send the link to an address you know.")
    mail = quote(body.format(url=handover.link.url))
    address = f"mailto:?subject={quote(subject)}&body={mail}"
    # The link is in the draft then; whether that was sent nobody has said yet.
    if st.link_button("E-mail draft", address, icon=":material/mail:", on_click="rerun"):
        _mark(who, handover, SentWay.COPIED)


def _mark(who: Actor, handover: _Handover, way: SentWay) -> None:
    """Keep how the link was sent; a way that was named is not overwritten by a copy."""
    with errors_shown():
        desk().link_sender.mark_sent(who, handover.link, way)
        named = handover.way if way is SentWay.COPIED and handover.way else way
        keep_in_dialog(replace(handover, way=named, asks=False))
        st.rerun()


def _close_or_ask(who: Actor, handover: _Handover) -> None:
    if handover.asks:
        _ask_before_closing(who, handover)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Done", type="primary" if handover.way else "secondary", key="link_done"):
            if handover.way:
                _close()
            keep_in_dialog(replace(handover, asks=True))
            st.rerun()
        if handover.way:
            st.markdown(f":green-badge[:material/check: {way_words(handover.way)}]")
        else:
            st.markdown(":gray-badge[:material/schedule_send: Not sent yet]")


def _ask_before_closing(who: Actor, handover: _Handover) -> None:
    st.warning(
        "**The link was neither copied nor marked as sent**, and cannot be shown again.",
        icon=":material/warning:",
    )
    with st.container(horizontal=True):
        if st.button("Back to the link", type="primary", key="link_back"):
            keep_in_dialog(replace(handover, asks=False))
            st.rerun()
        if st.button("Close without sending", key="link_close"):
            _close()
        if st.button("Withdraw it and close", key="link_withdraw"):
            with errors_shown():
                desk().link_sender.withdraw(who, handover.link)
                _close()


def _close() -> None:
    close_dialog()
    st.rerun()


def _qr_code(url: str) -> None:
    # Inside the page: as a file it would be served to whoever knows its address.
    picture = segno.make(url, error="m").svg_data_uri(scale=4, border=3, light="#fff")
    st.html(
        f'<img src="{picture}" alt="QR code of the link" '
        'style="width: 100%; max-width: 13rem; border-radius: .5rem">'
    )
