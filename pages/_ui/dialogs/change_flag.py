"""The dialogs that change what Metriport may do with a person: HIE exchange, and treatment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages._ui.dialogs.focus import focus_first
from pages._ui.dialogs.grounds import GROUNDS, GroundsFields
from pages._ui.dialogs.open_dialog import close_dialog, dialog, open_dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import forget
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.metriport.schemas import Patient
from services.patients.corrections import OPT_OUT_REASONS, RELATIONSHIP_REASONS
from services.staff.permissions import Actor
from services.staff.reasons import Grounds

OPT_OUT, RELATIONSHIP = "hie opt-out", "treatment relationship"


@dataclass(frozen=True)
class _Flag:
    """How a flag is asked for: a label for each value, and what each value does."""

    question: str
    labels: Mapping[bool, str]
    effects: Mapping[bool, str]
    reasons: Sequence[str]
    read: Callable[[Patient], bool | None]
    change: Callable[[Actor, str, bool, Grounds], None]


_FLAGS = {
    OPT_OUT: _Flag(
        "HIE exchange",
        {False: "Takes part", True: "Opted out"},
        {
            True: "HIE sources are not asked for this person any more, whoever asks. Pharmacy and "
            "laboratory still can be. What was retrieved before stays.",
            False: "HIE sources can be asked for this person again.",
        },
        OPT_OUT_REASONS,
        lambda patient: bool(patient.hie_opt_out),
        lambda *change: desk().corrections.set_hie_opt_out(*change),
    ),
    RELATIONSHIP: _Flag(
        "Treatment relationship",
        {True: "Exists", False: "Does not exist"},
        {
            True: "Treatment queries for this person can be started.",
            False: "**Metriport takes the person out of all treatment cohorts**, and refuses "
            "treatment queries for them. Its documentation does not say whether they are put back "
            "when the relationship is recorded again. Their own access (IAS) is not touched.",
        },
        RELATIONSHIP_REASONS,
        lambda patient: patient.treatment_relationship,
        lambda *change: desk().corrections.set_treatment_relationship(*change),
    ),
}


def ask_to_change(flag: str, patient_id: str) -> None:
    """Open the dialog for `OPT_OUT` or `RELATIONSHIP`."""
    open_dialog(flag, patient_id)


@dialog("HIE exchange", width="medium", icon=":material/hub:", on_dismiss=close_dialog)
def opt_out_dialog(who: Actor, patient: Patient, on_changed: Callable[[], None]) -> None:
    """Take the person out of HIE exchange, or back in."""
    _ask(who, patient, _FLAGS[OPT_OUT], on_changed)


@dialog(
    "Treatment relationship", width="medium", icon=":material/handshake:", on_dismiss=close_dialog
)
def relationship_dialog(who: Actor, patient: Patient, on_changed: Callable[[], None]) -> None:
    """Record whether the person is being treated."""
    _ask(who, patient, _FLAGS[RELATIONSHIP], on_changed)


def _ask(who: Actor, patient: Patient, flag: _Flag, on_changed: Callable[[], None]) -> None:
    now, options = flag.read(patient), list(flag.labels)
    chosen = st.radio(
        flag.question,
        options,
        index=None if now is None else options.index(now),
        format_func=lambda value: flag.labels[value] + (" (now)" if value is now else ""),
        horizontal=True,
        key="flag_value",
    )
    if now is None:
        st.caption("Metriport says nothing about it so far.")
    if chosen is None or chosen is now:
        st.caption("Choose another answer to read what it changes.")
        return
    st.warning(flag.effects[chosen], icon=":material/warning:")
    why = GroundsFields("flag")
    grounds = why.ask(flag.reasons)
    st.caption(f"It is noted under your name, {markdown_text(who.name)}.")
    if not st.button("Change it", type="primary", key="flag_change"):
        return
    try:
        with st.spinner("Asking Metriport …"):
            flag.change(who, patient.id, chosen, grounds)
    except InvalidInput as error:
        why.show_complaints(error.fields)
        focus_first("flag", [name for name in GROUNDS if name in error.fields])
        return
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast(f"{flag.question}: {flag.labels[chosen].lower()}.", icon=":material/check_circle:")
    forget(f"patient {patient.id}")
    on_changed()
    close_dialog()
    st.rerun()
