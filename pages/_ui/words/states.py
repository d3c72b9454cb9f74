"""The words of every kind of state, one table for each kind and one row for each state.

A state is always shown as an icon, a word and a colour together. A word of upstream that is new
here is shown as it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pages._ui.words.outside import markdown_text
from services.bulk import runs as bulk
from services.diagnosis.verdict import Severity
from services.identity.access_state import Aal2State, IdentityState
from services.identity.consent.consent_state import ConsentState
from services.operations.doctor import CheckStatus
from services.queries import status as query
from services.webhooks import filters as webhook


@dataclass(frozen=True)
class StateWords:
    """How one state is shown.

    `icon` is the name of a Material symbol, `colour` one of Streamlit's theme colours, `mark` one
    character for narrow cells, `meaning` a sentence on what the state means.
    """

    label: str
    icon: str
    colour: str
    meaning: str = ""
    mark: str = "…"


COLOURS = ("green", "blue", "violet", "orange", "red", "gray")
"""Every colour of a state: done or good, under way, unsure, to look at, bad, nothing yet."""

States = Mapping[str, StateWords]

QUERY_STATES: States = {
    query.SUBMITTING: StateWords(
        "Submitting", "send", "blue", "The request is on its way to Metriport."
    ),
    query.PROCESSING: StateWords(
        "Processing",
        "progress_activity",
        "blue",
        "Metriport is asking the sources. This page follows by itself.",
    ),
    query.COMPLETED: StateWords(
        "Completed",
        "check_circle",
        "green",
        "Every source that was asked has answered. Fetch the records next.",
    ),
    query.PARTIAL: StateWords(
        "Partial",
        "incomplete_circle",
        "orange",
        "Some sources answered, others failed. Fetch what came; query the failed ones again.",
    ),
    query.FAILED: StateWords(
        "Failed",
        "error",
        "red",
        "No source could answer.",
    ),
    query.REJECTED: StateWords(
        "Rejected",
        "block",
        "red",
        "Metriport refused the request, so nothing ran.",
    ),
    query.UNCONFIRMED: StateWords(
        "Unconfirmed",
        "help",
        "violet",
        "Metriport gave no usable answer, so the query may or may not be running. It was sent "
        "once and is not repeated: its webhook settles it, or it counts as not started after "
        "24 hours. Wait before starting another.",
    ),
    query.NOT_STARTED: StateWords(
        "Not started",
        "do_not_disturb_on",
        "gray",
        "It never ran, so it is safe to start another.",
    ),
}
"""Of a network query."""

SOURCE_STATES: States = {
    # Of a query whose start was not answered, a source is as far as the query.
    query.SUBMITTING: StateWords("Submitting", "send", "blue"),
    query.PROCESSING: StateWords("Processing", "progress_activity", "blue"),
    query.COMPLETED: StateWords("Completed", "check_circle", "green", mark="✓"),
    query.FAILED: StateWords("Failed", "error", "red", mark="✗"),
    query.NOT_STARTED: StateWords("Not started", "do_not_disturb_on", "gray", mark="–"),
}
"""Of one source of a query."""

BEGUN_STATES: States = {
    query.SUBMITTING: StateWords("Submitted", "send", "blue"),
    query.PROCESSING: StateWords("Started", "play_arrow", "blue"),
}
"""Of the moment at which a query, a source or a request for records began."""

RECORDS_STATES: States = {
    state: StateWords(words.label, words.icon, words.colour)
    for state, words in QUERY_STATES.items()
    if state != query.PARTIAL
}
"""Of a request for consolidated data, which upstream runs like a query."""

LINK_STATES: States = {
    "submitting": StateWords("Submitting", "send", "blue"),
    "link_ready": StateWords("Link ready", "link", "blue"),
    "sent": StateWords("Sent", "outgoing_mail", "blue"),
    "seen": StateWords("Looked at", "visibility", "blue"),
    "opened": StateWords("Opened", "open_in_browser", "blue"),
    "returned": StateWords("Returned", "hourglass_top", "violet"),
    "link_expired": StateWords("Link expired", "link_off", "orange"),
    "replaced": StateWords("Replaced", "swap_horiz", "gray"),
    "withdrawn": StateWords("Withdrawn", "undo", "gray"),
    "refused": StateWords("Not accepted", "gpp_bad", "red"),
    "completed": StateWords("Completed", "check_circle", "green"),
    "rejected": StateWords("Rejected", "block", "red"),
    "unconfirmed": StateWords("Unconfirmed", "help", "violet"),
    "not_started": StateWords("Not started", "do_not_disturb_on", "gray"),
}
"""Of a link to a hosted page, from being asked for to the person's return."""

IDENTITY_STATES: States = {
    IdentityState.NONE: StateWords("None yet", "radio_button_unchecked", "gray"),
    IdentityState.LINK_READY: LINK_STATES["link_ready"],
    IdentityState.OPENED: LINK_STATES["opened"],
    IdentityState.RETURNED: LINK_STATES["returned"],
    IdentityState.LINK_EXPIRED: LINK_STATES["link_expired"],
    IdentityState.VERIFIED: StateWords("Verified", "verified_user", "green"),
    IdentityState.INACTIVE: StateWords("Inactive", "gpp_bad", "red"),
}
"""Of a person's proofed identity (IAL2)."""

CONSENT_STATES: States = {
    ConsentState.NONE: StateWords("No consent yet", "unpublished", "orange"),
    ConsentState.GIVEN: StateWords("Consent given", "signature", "green"),
    ConsentState.ENDED: StateWords("Consent ended", "event_busy", "orange"),
    ConsentState.REVOKED: StateWords("Consent withdrawn", "block", "red"),
}
"""Of what a person agreed to."""

AAL2_STATES: States = {
    # A challenge satisfied in the company's own app is not seen here: "none" would be a claim.
    Aal2State.NONE: StateWords("None from here", "visibility_off", "gray"),
    Aal2State.LINK_READY: LINK_STATES["link_ready"],
    Aal2State.OPENED: LINK_STATES["opened"],
    Aal2State.LINK_EXPIRED: LINK_STATES["link_expired"],
    Aal2State.DECLINED: StateWords("Declined", "thumb_down", "orange"),
    Aal2State.ACTIVE: StateWords("Active", "lock_open", "green"),
    Aal2State.USED: StateWords("Used", "task_alt", "gray"),
    Aal2State.EXPIRED: StateWords("Expired", "timer_off", "orange"),
}
"""Of a person's AAL2 challenge and session."""

STEP_STATES: States = {
    "complete": StateWords("Complete", "check_circle", "green"),
    "incomplete": StateWords("Incomplete", "warning", "orange"),
    "drifted": StateWords("Record changed", "person_alert", "orange"),
    "satisfied": StateWords("Satisfied", "verified_user", "green"),
    "ready": StateWords("Ready", "play_circle", "green"),
    "not_ready": StateWords("Not ready", "lock", "gray"),
}
"""Of a step of individual access that is neither identity nor AAL2."""

WEBHOOK_STATES: States = {
    webhook.RECEIVED: StateWords("Waiting", "schedule", "blue"),
    webhook.PROCESSED: StateWords("Processed", "check_circle", "green"),
    webhook.IGNORED: StateWords("Left alone", "remove_circle", "gray"),
    webhook.FAILED: StateWords("Failed", "error", "red"),
    webhook.REJECTED: StateWords("Rejected", "block", "red"),
}
"""Of a message in the inbox."""

SIGNATURE_STATES: States = {
    "valid": StateWords("Signature valid", "verified", "green"),
    "invalid": StateWords("Signature wrong", "gpp_maybe", "red"),
}
"""Of a message's signature."""

CALL_STATES: States = {
    "completed": StateWords("Succeeded", "check_circle", "green"),
    "failed": StateWords("Failed", "error", "red"),
}
"""Of a call to upstream."""

BULK_STATES: States = {
    bulk.RUNNING: StateWords("Running", "progress_activity", "blue"),
    bulk.STOPPED: StateWords("Stopped", "stop_circle", "orange"),
    bulk.FINISHED: StateWords("Finished", "check_circle", "green"),
}
"""Of a bulk run."""

BULK_PERSON_STATES: States = {
    **QUERY_STATES,
    bulk.WAITING: StateWords("Waiting", "schedule", "gray"),
}
"""Of one person of a bulk run: their query's, or that it is not started yet."""

CHECK_STATES: States = {
    CheckStatus.OK: StateWords("OK", "check_circle", "green"),
    CheckStatus.FAILED: StateWords("Failed", "error", "red"),
    CheckStatus.UNCLEAR: StateWords("Unclear", "help", "orange"),
}
"""Of a result of the setup check."""


SEVERITY_STATES: States = {
    Severity.OK: StateWords("OK", "check_circle", "green"),
    Severity.WAITING: StateWords("Waiting", "hourglass_top", "blue"),
    Severity.READY: StateWords("Ready", "play_circle", "green"),
    Severity.TO_DO: StateWords("To do", "arrow_circle_right", "orange"),
    Severity.TROUBLE: StateWords("Trouble", "report", "red"),
}
"""Of a verdict, which is shown with a title of its own."""


def words_of(states: States, state: str) -> StateWords:
    """The words of a state of that kind."""
    return states.get(state) or StateWords(state, "radio_button_unchecked", "gray")


def label(states: States, state: str) -> str:
    """The state as one or two words; it may be text from outside."""
    return words_of(states, state).label


def badge(states: States, state: str) -> str:
    """The state as a Markdown badge: icon, word and colour."""
    return badge_of(words_of(states, state))


def badge_of(words: StateWords) -> str:
    """A Markdown badge: icon, word and colour."""
    return f":{words.colour}-badge[:material/{words.icon}: {markdown_text(words.label)}]"
