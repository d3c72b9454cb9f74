"""The words of links, of findings by their severity, and of how complete evidence is."""

from collections.abc import Mapping

from pages._ui.words.states import States, StateWords, badge_of
from services.compliance.evidence.evidence import LinkState, Severity

LINK_STATES: States = {
    LinkState.PRESENT: StateWords("Present", "check_circle", "green", "The log holds it.", "✓"),
    LinkState.MISSING: StateWords(
        "Missing", "link_off", "red", "The log does not hold it, or it says something else.", "✗"
    ),
    LinkState.NOT_APPLICABLE: StateWords(
        "Not needed", "radio_button_unchecked", "gray", "No rule asks for it here.", "–"
    ),
}
"""Of a link of the chain."""

SERIOUS, WARNING, NOTICE, CLEAN = "serious", "warning", "notice", "clean"

SEVERITIES: States = {
    SERIOUS: StateWords("Serious", "report", "red", "It may not have been allowed."),
    WARNING: StateWords(
        "Warning", "warning", "orange", "Something that a rule asks for is missing."
    ),
    NOTICE: StateWords("Notice", "info", "blue", "Worth knowing. It waits for no reviewer."),
    CLEAN: StateWords("No finding", "check_circle", "green", "No rule found anything."),
}
"""Of a query or a look, by its worst finding."""

COMPLETE, INCOMPLETE = "complete", "incomplete"

COMPLETENESS: States = {
    COMPLETE: StateWords("Complete", "check_circle", "green", "Every link that applies is there."),
    INCOMPLETE: StateWords("Incomplete", "link_off", "red", "At least one link is missing."),
}
"""Of the evidence of an IAS query."""

_OF_NUMBER = {Severity.SERIOUS: SERIOUS, Severity.WARNING: WARNING, Severity.NOTICE: NOTICE}


def severity_state(severity: int) -> str:
    """The state of a severity as the log has it: 3 is serious, 0 none."""
    return next((state for number, state in _OF_NUMBER.items() if number == severity), CLEAN)


def severity_words(severity: int) -> StateWords:
    """The words of a severity as the log has it."""
    return SEVERITIES[severity_state(severity)]


def count_badges(numbers: Mapping[Severity, int]) -> str:
    """How often each severity occurs, the worst first, as Markdown badges."""
    badges = [
        f":{words.colour}-badge[:material/{words.icon}: {number:,} {_plural(severity, number)}]"
        for severity, number in sorted(numbers.items(), reverse=True)
        if number and (words := severity_words(severity))
    ]
    return " ".join(badges) or badge_of(SEVERITIES[CLEAN])


def _plural(severity: Severity, number: int) -> str:
    word = severity_words(severity).label.lower()
    return word if number == 1 or severity == Severity.SERIOUS else f"{word}s"
