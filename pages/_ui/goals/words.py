"""Measures, their values and annotations in words."""

from services.outcomes.annotations import AnnotationKind
from services.outcomes.goals.measures import ABOUT, Measure, Unit

MEASURES = {
    Measure.VERIFIED_PER_OPENED: "Verified, of those who opened their link",
    Measure.SATISFIED_PER_CHALLENGED: "AAL2 satisfied, of those challenged",
    Measure.RECEIVED_PER_LINK: "Records received, of those with a link",
    Measure.COMPLETED_IAS: "IAS queries completed, of those that ended",
    Measure.COMPLETED_TREATMENT: "Treatment queries completed, of those that ended",
    Measure.P90_HOURS_IAS: "IAS sources: 90th percentile of hours to finish",
    Measure.P90_HOURS_TREATMENT: "Treatment sources: 90th percentile of hours to finish",
    Measure.ACTIVE_PER_MONTH: "People with an IAS query in a month",
    Measure.RECEIVED_PER_MONTH: "People who first received records in a month",
}

UNITS = {Unit.SHARE: "%", Unit.HOURS: "hours", Unit.PEOPLE: "people"}

KINDS = {
    AnnotationKind.RELEASE: ("Release", "rocket_launch"),
    AnnotationKind.OUTAGE: ("Outage", "error"),
    AnnotationKind.CAMPAIGN: ("Campaign", "campaign"),
    AnnotationKind.OTHER: ("Other", "flag"),
}
"""What each kind is called, and its icon."""


def value_words(measure: Measure, value: float | None) -> str:
    """A value in the measure's unit, as in "60 %"; a dash for none."""
    if value is None:
        return "—"
    unit = ABOUT[measure].unit
    number = value * 100 if unit is Unit.SHARE else value
    return f"{number:,.0f} people" if unit is Unit.PEOPLE else f"{number:,.4g} {UNITS[unit]}"


def target_words(measure: Measure, at_least: bool, target: float) -> str:
    """A target, as in "at least 60 %"."""
    return f"at {'least' if at_least else 'most'} {value_words(measure, target)}"
