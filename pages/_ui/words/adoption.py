"""What the steps, fates and periods of adoption are called, as plain text."""

from pages._ui.words.states import States, StateWords
from services.outcomes.adoption.fates import Fate, LinkFate, Method
from services.outcomes.adoption.steps import Step

STEPS = {
    Step.MADE: "Link made",
    Step.OPENED: "Link opened",
    Step.CONSENT: "Consent given",
    Step.VERIFIED: "Identity verified",
    Step.CHALLENGED: "Challenge sent",
    Step.SATISFIED: "AAL2 satisfied",
    Step.STARTED: "IAS query started",
    Step.COMPLETED: "A source completed",
    Step.RECEIVED: "Records received",
}
"""The steps of the funnel."""

FATES: States = {
    Fate.RECORDS: StateWords("Records found", "folder", "green", "Records were counted after it."),
    Fate.NOT_COUNTED: StateWords(
        "Retrieved, not counted", "help", "blue", "A source completed; nobody fetched the records."
    ),
    Fate.NO_RECORDS: StateWords(
        "Retrieved nothing", "folder_off", "gray", "A source completed, and no records were found."
    ),
    Fate.RUNNING: StateWords("Query still runs", "progress_activity", "blue"),
    Fate.OPEN: StateWords("Not used yet", "hourglass", "blue"),
    Fate.EXPIRED: StateWords(
        "Expired unused", "timer_off", "orange", "No query was started before its limit."
    ),
    Fate.REPLACED: StateWords(
        "Replaced", "sync", "orange", "The person satisfied another challenge before it was used."
    ),
    Fate.REFUSED: StateWords("Refused by Metriport", "block", "red"),
    Fate.REJECTED: StateWords(
        "Query rejected", "cancel", "red", "Metriport took the session and rejected the query."
    ),
    Fate.FAILED: StateWords("Query failed", "error", "red", "No source completed."),
    Fate.UNANSWERED: StateWords(
        "No answer", "contact_support", "violet", "Nobody can tell what became of the query."
    ),
}
"""What became of AAL2 sessions."""

LINK_FATES: States = {
    LinkFate.OPENED: StateWords("Opened", "drafts", "green"),
    LinkFate.UNOPENED: StateWords("Expired unopened", "mail_off", "orange"),
    LinkFate.REPLACED: StateWords("Replaced unopened", "sync", "gray"),
    LinkFate.WITHDRAWN: StateWords("Withdrawn", "undo", "gray"),
}
"""What became of links."""

LINKS = {"identity": "Verification links", "aal2": "Challenge links"}

METHODS = {
    Method.RESISTANT: "Phishing-resistant (passkey)",
    Method.OTHER: "Not phishing-resistant",
}
"""Whether the method of a challenge resists phishing."""


def share(value: float | None) -> str:
    """A share as a percentage without decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.0%}"
