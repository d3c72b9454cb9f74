"""What became of an act, as a word with an icon and a colour."""

from pages._ui.words.states import States, StateWords
from pages._ui.words.wire import call_error_name

OUTCOMES: States = {
    "done": StateWords("Done", "check_circle", "green"),
    "sent": StateWords("Sent", "outgoing_mail", "green"),
    "asked": StateWords("Asked", "send", "blue", "Asked of Metriport; what came of it follows."),
    "withdrawn": StateWords("Withdrawn", "undo", "gray"),
    "denied": StateWords("Not allowed", "block", "red", "The role does not allow it."),
    "refused": StateWords("Refused", "block", "red", "They could not sign in."),
    "ended": StateWords("Signed out", "timer_off", "orange", "The sign-in was over."),
    "not ready": StateWords("Not ready", "hourglass_empty", "orange"),
}
"""The outcomes of acts. Any other outcome is the kind of an upstream error."""


def outcome_words(outcome: str) -> StateWords:
    """How an outcome is shown."""
    failed = StateWords(call_error_name(outcome), "error", "red", "It was begun, and failed.")
    return OUTCOMES.get(outcome) or failed
