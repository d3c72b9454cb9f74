"""The dialog that corrects a person; where somebody was faster, both sides are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from pages._ui.dialogs.focus import focus_first
from pages._ui.dialogs.grounds import GROUNDS, GroundsFields
from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    keep_in_dialog,
    open_dialog,
    value_in_dialog,
)
from pages._ui.dialogs.patient_fields import (
    LABELS,
    PatientFields,
    pinned_foot,
    show_invalid,
    show_value,
)
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import forget
from pages._ui.words.acts import CORRECT
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError, Conflict, InvalidInput
from services.metriport.schemas import Patient
from services.patients.corrections import CORRECTION_REASONS
from services.patients.edited import Difference, compare, merge
from services.patients.form import PatientForm
from services.staff.permissions import Actor
from services.staff.reasons import Grounds

EDIT = "edit patient"

_SIDES = ("Yours", "Metriport’s now")


@dataclass(frozen=True)
class Edit:
    """What was read and typed so far; `theirs` is the person as somebody else changed them."""

    before: Patient
    form: PatientForm
    grounds: Grounds | None = None
    theirs: Patient | None = None


def ask_to_edit(patient_id: str) -> None:
    """Open the dialog; the person is read anew for it."""
    forget(f"patient {patient_id}")
    open_dialog(EDIT, patient_id)


@dialog(CORRECT, width="medium", icon=":material/edit:", dismissible=False)
def edit_dialog(
    who: Actor, patient: Patient, facilities: Mapping[str, str], on_changed: Callable[[], None]
) -> None:
    """Ask for the right data.

    `facilities` maps the ids of the person's facilities to names; `on_changed` is called once
    upstream is known to hold other data than before.
    """
    edit = value_in_dialog()
    if not isinstance(edit, Edit):
        # The page may read the person again while somebody types: this one was seen.
        edit = Edit(patient, PatientForm.of(patient, next(iter(facilities), "")))
        keep_in_dialog(edit)
    over = _choose(who, edit) if edit.theirs else _ask(who, edit, facilities)
    if over:
        on_changed()
        _close()


def _ask(who: Actor, edit: Edit, facilities: Mapping[str, str]) -> bool:
    """Draw the form; answers whether what was typed is saved."""
    fields, why = PatientFields("edit_patient"), GroundsFields("edit_patient")
    with st.form("edit_patient", border=False):
        form = fields.ask(facilities, edit.form)
        grounds = why.ask(CORRECTION_REASONS, edit.grounds)
        with pinned_foot("edit_patient_foot"):
            outcome = st.container()
            with st.container(horizontal=True):
                pressed = st.form_submit_button("Save", type="primary")
                if st.form_submit_button("Cancel"):
                    _close()
        if not pressed:
            return False
        with outcome:
            complaints = _save(who, replace(edit, form=form, grounds=grounds), edit.before)
        if complaints is None:
            return True
        fields.show_complaints(complaints)
        why.show_complaints(complaints)
        focus_first("edit_patient", [name for name in (*LABELS, *GROUNDS) if name in complaints])
        return False


def _save(who: Actor, edit: Edit, before: Patient) -> Mapping[str, str] | None:
    """Save the form over `before`; None once it is saved, else what is wrong with its fields."""
    try:
        with st.spinner("Asking Metriport …"):
            after = desk().corrections.correct(who, before, edit.form, edit.grounds or Grounds(""))
    except InvalidInput as error:
        show_invalid(error)
        return error.fields
    except Conflict as conflict:
        _show_both(who, edit, before, conflict)
        return {}
    except AccessDeskError as error:
        show_error(error)
        return {}
    st.toast(f"{markdown_text(after.full_name)} is corrected.", icon=":material/check_circle:")
    return None


def _show_both(who: Actor, edit: Edit, before: Patient, conflict: Conflict) -> None:
    """Read the person anew and show both sides; what was typed stays in the dialog."""
    try:
        theirs = desk().patients.open(who, before.id)
    except AccessDeskError as error:
        show_error(conflict)
        show_error(error)
        return
    keep_in_dialog(replace(edit, before=before, theirs=theirs))
    st.rerun()


def _choose(who: Actor, edit: Edit) -> bool:
    """Draw both sides; answers whether the person is as somebody wanted them."""
    theirs = edit.theirs or edit.before
    differences = compare(edit.before, edit.form, theirs, desk().clock().date())
    if not differences:
        st.success("Metriport has exactly what you typed already.", icon=":material/check_circle:")
        return st.button("Close", type="primary")
    st.warning(
        "**Somebody changed this person while you typed.** Nothing of yours is saved or lost: "
        "choose for each field.",
        icon=":material/call_split:",
    )
    with st.form("edit_conflict", border=False):
        chosen = {one.field: _choice(one) for one in differences}
        with pinned_foot("edit_conflict_foot"):
            outcome = st.container()
            with st.container(horizontal=True):
                save = st.form_submit_button("Save the choice", type="primary")
                take_theirs = st.form_submit_button("Take all of Metriport’s")
                back = st.form_submit_button("Back to the form")
        if back:
            _go_back(edit, theirs, chosen)
        with outcome:
            return take_theirs or (save and _save_choice(who, edit, theirs, chosen))


def _choice(one: Difference) -> bool | None:
    """Ask whether ours is taken; None while nothing is chosen."""
    values = dict(zip(_SIDES, (one.ours, one.theirs), strict=True))
    index = None if one.takes_ours is None else int(not one.takes_ours)
    was = markdown_text(show_value(one.field, one.before))
    name = LABELS[one.field].removesuffix(" (optional)")
    side = st.radio(
        f"**{name}**, which was {was}",
        _SIDES,
        index=index,
        format_func=lambda side: f"{side}: {markdown_text(show_value(one.field, values[side]))}",
        key=f"edit_conflict_{one.field}",
    )
    return None if side is None else side == _SIDES[0]


def _save_choice(
    who: Actor, edit: Edit, theirs: Patient, chosen: Mapping[str, bool | None]
) -> bool:
    """Save what was chosen; answers whether that is done."""
    open_choices = [LABELS[name] for name, take in chosen.items() if take is None]
    if open_choices:
        st.error(f"Choose for: {_list(open_choices)}.", icon=":material/error:")
        return False
    if not any(chosen.values()):
        return True
    form = merge(edit.form, theirs, {name: bool(take) for name, take in chosen.items()})
    complaints = _save(who, replace(edit, form=form), theirs)
    for name, reason in (complaints or {}).items():
        st.markdown(f":red[:material/error: {LABELS.get(name, name)}: {markdown_text(reason)}]")
    return complaints is None


def _go_back(edit: Edit, theirs: Patient, chosen: Mapping[str, bool | None]) -> None:
    """Go on in the form over what Metriport has now; what is not chosen yet stays ours."""
    form = merge(edit.form, theirs, {name: take is not False for name, take in chosen.items()})
    keep_in_dialog(Edit(theirs, form, edit.grounds))
    st.rerun()


def _list(names: Sequence[str]) -> str:
    return ", ".join(name.removesuffix(" (optional)").lower() for name in names)


def _close() -> None:
    """Close the dialog, and have the page read the person anew."""
    edit = value_in_dialog()
    if isinstance(edit, Edit):
        forget(f"patient {edit.before.id}")
    close_dialog()
    st.rerun()
