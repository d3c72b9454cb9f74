"""The dialogs that set a legal hold and lift one."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from pages._ui.dialogs.grounds import GroundsFields
from pages._ui.dialogs.open_dialog import close_dialog, dialog, value_in_dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.retention.holds_list import hold_words
from pages._ui.retention.invalid import show_invalid
from pages._ui.words.outside import markdown_text
from pages._ui.words.times import exact
from services.compliance.retention.retention import HOLD_REASONS, LIFT_REASONS, HoldRequest
from services.compliance.retention.rows import LegalHold
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.staff.permissions import Actor

_KEEPS = (
    "Until it is lifted, nothing that it covers is deleted, however old: no row of the log, no "
    "event of the access log, no text of a message; and nothing of it is erased. A hold on days "
    "also keeps the two days before and the thirty after, on which evidence may rest."
)


@dialog("Set a legal hold", icon=":material/gavel:", width="medium", on_dismiss=close_dialog)
def hold_dialog(who: Actor, patient_id: str | None = None) -> None:
    """Ask what to hold and why, and set it; for the person of `patient_id` where it is given."""
    st.markdown(_KEEPS)
    if patient_id is None:
        person = st.text_input(
            "Patient id (or only days)", key="hold_patient", autocomplete="off", max_chars=100
        )
    else:
        person = patient_id
        st.markdown("It covers **this person**: all about them or, with days, those days.")
    since, until = _days()
    fields = GroundsFields("hold")
    grounds = fields.ask(HOLD_REASONS)
    if not st.button("Set the hold", type="primary", key="set_hold", icon=":material/gavel:"):
        return
    try:
        request = HoldRequest(person, since, until)
        hold = desk().retention.set_hold(who, request, grounds)
    except InvalidInput as error:
        show_invalid(error, fields)
        return
    except AccessDeskError as error:
        show_error(error)
        return
    _done(f"Held: {hold_words(hold)}.")


@dialog("Legal hold", icon=":material/gavel:", width="medium", on_dismiss=close_dialog)
def lift_dialog(who: Actor, holds: Sequence[LegalHold]) -> None:
    """Show the hold that is chosen, of those in force, and lift it for a reason."""
    hold = next((hold for hold in holds if hold.id == value_in_dialog()), None)
    if hold is None:
        st.info("This hold was lifted meanwhile.", icon=":material/lock_open:")
        return
    st.markdown(f"**{markdown_text(hold_words(hold))}**")
    ticket = f", {hold.ticket}" if hold.ticket else ""
    st.markdown(
        f"Set by {markdown_text(hold.set_by)}, {exact(hold.set_at, zone())}: "
        f"{markdown_text(hold.reason + ticket)}."
    )
    if hold.patient_id:
        st.code(hold.patient_id, language=None)
    st.markdown(
        "What it kept goes with the next purge once it is old enough, unless another hold keeps "
        "it. That you lifted it, and why, stays in the history."
    )
    fields = GroundsFields("lift")
    grounds = fields.ask(LIFT_REASONS)
    if not st.button("Lift the hold", type="primary", key="lift_hold", icon=":material/lock_open:"):
        return
    try:
        desk().retention.lift_hold(who, hold.id, grounds)
    except InvalidInput as error:
        show_invalid(error, fields)
        return
    except AccessDeskError as error:
        show_error(error)
        return
    _done("The hold is lifted.")


def _days() -> tuple[date | None, date | None]:
    left, right = st.columns(2)
    since = left.date_input(
        "First day (UTC, optional)", value=None, format="YYYY-MM-DD", key="hold_since"
    )
    until = right.date_input(
        "Last day (UTC, optional)", value=None, format="YYYY-MM-DD", key="hold_until"
    )
    return since, until


def _done(told: str) -> None:
    st.toast(told, icon=":material/gavel:")
    close_dialog()
    st.rerun()
