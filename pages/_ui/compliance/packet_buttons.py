"""The buttons of one query's evidence packet: one press brings the file."""

import streamlit as st

from pages._ui.dialogs.file_button import file_button
from services.compliance.packets.packets import PacketForm, packet_name
from services.desk import desk
from services.staff.permissions import Actor

_LABELS = {
    PacketForm.PDF: "Evidence packet (PDF)",
    PacketForm.ZIP: "Signed packet (ZIP)",
}
_HELP = {
    PacketForm.PDF: "To read and to print. The signed document is attached to it.",
    PacketForm.ZIP: "The signed document, its signature, the public key, the PDF, and how to "
    "verify them without Access Desk.",
}
_ICONS = {PacketForm.PDF: ":material/picture_as_pdf:", PacketForm.ZIP: ":material/folder_zip:"}


def packet_buttons(who: Actor, query_id: str) -> None:
    """Draw both forms of the packet. That somebody made it is noted before it is read."""
    with st.container(horizontal=True):
        for form in _LABELS:
            _button(who, query_id, form)


def _button(who: Actor, query_id: str, form: PacketForm) -> None:
    file_button(
        _LABELS[form],
        lambda: desk().packets.make(who, query_id, form),
        name=packet_name(query_id, form),
        mime=form.mime,
        key=f"packet_{form.value}",
        icon=_ICONS[form],
        help=_HELP[form],
    )
