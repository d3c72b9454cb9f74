"""The fields of a person, for the dialogs that create and correct one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.frame.viewer import is_dark
from pages._ui.words.outside import markdown_text
from services.errors import InvalidInput
from services.patients.form import GENDERS, STATE_NAMES, PatientForm

LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "dob": "Date of birth",
    "gender_at_birth": "Sex at birth",
    "facility_id": "Facility",
    "address_line1": "Street",
    "address_line2": "Apartment (optional)",
    "city": "City",
    "state": "State",
    "zip": "ZIP",
    "phone": "Telephone (optional)",
    "email": "E-mail (optional)",
    "external_id": "External id (optional)",
}
_HINTS = {
    "first_name": "Jane",
    "last_name": "Smith",
    "dob": "MM/DD/YYYY",
    "address_line1": "123 Dusty Depot Ave",
    "city": "Springfield",
    "zip": "97403",
    "phone": "541-555-0123",
    "email": "name@example.com",
    "external_id": "MRN-100001",
}
_STATES = {code: f"{name} ({code})" for code, name in STATE_NAMES.items()}

NO_AUTOFILL = "one-time-code"
"""Keeps a browser from offering its owner's own name and address for somebody else, and from
keeping somebody else's. Chromium and Safari do so in spite of "off"; of this, all think otherwise.
"""


@dataclass(frozen=True)
class PatientFields:
    """The fields that were drawn under `key`, and the place below each for what is wrong."""

    key: str
    marks: dict[str, DeltaGenerator] = field(default_factory=dict)

    def ask(self, facilities: Mapping[str, str], start: PatientForm) -> PatientForm:
        """Draw the fields, filled with `start`; answers what stands in them.

        `facilities` maps ids to names.
        """
        names, origins = st.columns(2), st.columns([2, 2, 3])
        streets, places, contacts = st.columns(2), st.columns([3, 3, 2]), st.columns(3)
        where = {
            "first_name": names[0],
            "last_name": names[1],
            "dob": origins[0],
            "gender_at_birth": origins[1],
            "facility_id": origins[2],
            "address_line1": streets[0],
            "address_line2": streets[1],
            "city": places[0],
            "state": places[1],
            "zip": places[2],
            "phone": contacts[0],
            "email": contacts[1],
            "external_id": contacts[2],
        }
        choices = {"gender_at_birth": GENDERS, "facility_id": facilities, "state": _STATES}
        entered = {
            name: self._choice(column, name, choices[name], start)
            if name in choices
            else self._text(column, name, start)
            for name, column in where.items()
        }
        return PatientForm(**entered)

    def show_complaints(self, fields: Mapping[str, str]) -> None:
        """Show below each field what is wrong with it."""
        for name, mark in self.marks.items():
            if name in fields:
                mark.markdown(f":red[:material/error: {markdown_text(fields[name])}]")

    def _text(self, column: DeltaGenerator, name: str, start: PatientForm) -> str:
        entered = column.text_input(
            LABELS[name],
            value=getattr(start, name),
            placeholder=_HINTS.get(name),
            autocomplete=NO_AUTOFILL,
            key=f"{self.key}_{name}",
        )
        self.marks[name] = column.empty()
        return entered or ""

    def _choice(
        self, column: DeltaGenerator, name: str, labels: Mapping[str, str], start: PatientForm
    ) -> str:
        options, given = list(labels), getattr(start, name)
        # Upstream's words are open: one that is new here stays what it is.
        if given and given not in labels:
            options.append(given)
        chosen = column.selectbox(
            LABELS[name],
            options,
            index=options.index(given) if given else None,
            format_func=lambda option: labels.get(option, option),
            key=f"{self.key}_{name}",
        )
        self.marks[name] = column.empty()
        return chosen or ""


def show_invalid(error: InvalidInput) -> None:
    """Say on one line that something is wrong: what it is stands beside the fields."""
    st.error(markdown_text(f"{error} {error.kept}"), icon=":material/error:")


def show_value(name: str, value: str) -> str:
    """The value of a field as people read it; an empty one is a dash."""
    labels = {"gender_at_birth": GENDERS, "state": _STATES}.get(name, {})
    return labels.get(value, value) or "—"


def pinned_foot(key: str) -> DeltaGenerator:
    """A place that stays in view at the foot of a dialog, however long the dialog is."""
    theme = "dark" if is_dark() else "light"
    background = st.get_option(f"theme.{theme}.backgroundColor")
    # A box whose overflow is hidden could still scroll, so `sticky` would stick to it; one that
    # clips cannot. The window that does scroll has a padding of 30 pixels.
    st.html(
        f"<style>[data-testid=stDialog] > div:has(.st-key-{key}) {{ overflow: clip; }} "
        f"[data-testid=stLayoutWrapper]:has(> .st-key-{key}) {{ position: sticky; bottom: -30px; "
        f"z-index: 1; padding: .75rem 0; background: {background}; }}</style>"
    )
    return st.container(key=key)
