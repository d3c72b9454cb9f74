"""The choice of what Adoption shows, in the address: weeks or months, whom to leave out."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.outcomes.view_choice import chosen_part
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.outcomes.adoption.views import AdoptionView, view_of
from services.staff.permissions import Actor, Role

PERIODS: Mapping[str, str] = {
    "week 4": "4 weeks",
    "week 13": "13 weeks",
    "month 6": "6 months",
    "month 12": "12 months",
    "month 36": "36 months",
}
_USUAL, _USUAL_FOR_PRODUCT = "week 13", "month 6"
_PERIOD, _CONSENT = "period", "consent"
_LONGEST = 40
_AS_STEP, _LEFT_OUT = "A step", "Left out"


def chosen_view(who: Actor) -> AdoptionView:
    """Draw the controls; answers what they ask for. What the address has wrong is told."""
    key = _chosen_period(who)
    part = chosen_part(who)
    consent = desk().adoption.consent_is_step and _chosen_consent()
    width, number = key.split()
    whole = who.role is Role.PRODUCT
    return view_of(width, int(number), desk().clock(), part, consent=consent, whole=whole)


def period_name(view: AdoptionView) -> str:
    """What the period is called, as in "13 weeks"."""
    return PERIODS[f"{view.width} {view.number}"]


def _chosen_period(who: Actor) -> str:
    usual = _USUAL_FOR_PRODUCT if who.role is Role.PRODUCT else _USUAL
    asked = st.query_params.get(_PERIOD)
    chosen: str | None = st.segmented_control(
        "Period (UTC)",
        list(PERIODS),
        default=usual,
        required=True,
        format_func=lambda key: PERIODS[key],
        key=_PERIOD,
        bind="query-params",
        on_change=_forget_people,
    )
    key = chosen or usual
    if asked is not None and asked not in PERIODS.values():
        text = markdown_text(asked[:_LONGEST])
        st.warning(
            f"The address asks for a period “{text}”, which there is not. Shown: {PERIODS[key]}.",
            icon=":material/link_off:",
        )
    return key


def _chosen_consent() -> bool:
    chosen: str | None = st.segmented_control(
        "Consent",
        [_AS_STEP, _LEFT_OUT],
        default=_AS_STEP,
        required=True,
        key=_CONSENT,
        bind="query-params",
        on_change=_forget_people,
        help="Whether people without a recorded consent stop there, or are followed further.",
    )
    return chosen != _LEFT_OUT


def _forget_people() -> None:
    """A page of people belongs to the filters that it was read with."""
    for name in ("stopped", "after"):
        st.query_params.pop(name, None)
