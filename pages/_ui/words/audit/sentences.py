"""What an event of the access log tells, as a sentence."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pages._ui.words.audit.act_words import act_words
from pages._ui.words.names import purpose_name
from pages._ui.words.wire import call_error_name

_LONGEST_VALUE = 60


class Event(Protocol):
    """What a sentence needs of an event."""

    @property
    def action(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def object_kind(self) -> str | None: ...
    @property
    def details(self) -> dict[str, Any] | None: ...


def event_sentence(event: Event) -> str:
    """What was done, and what became of it if it was not simply done."""
    words = act_words(event.action)
    match event.outcome:
        case "denied":
            return f"Was refused: the role may not {words.may}"
        case "ended":
            return f"Was refused: the sign-in had ended, so it could not {words.may}"
        case "refused" if event.action == "sign_in":
            return f"Was refused at sign-in{_why(event)}"
        case "failed" if event.action == "audit.verify":
            return "Verified the access log, and found it damaged"
    return f"{_did(event)}{_became(event.outcome)}"


def _did(event: Event) -> str:
    tell = _TOLD.get(event.action)
    details = event.details or {}
    try:
        told = tell(event, details) if tell else ""
    except (TypeError, ValueError, AttributeError):
        # Details of an older or newer version of the program.
        told = ""
    return told or act_words(event.action).did


def _became(outcome: str) -> str:
    match outcome:
        case "done" | "sent" | "withdrawn":
            return ""
        case "asked":
            return ": asked of Metriport"
        case "not ready":
            return ": not possible yet"
    return f": not carried out ({call_error_name(outcome).lower()})"


def _why(event: Event) -> str:
    why = (event.details or {}).get("why")
    return f": {str(why)[:_LONGEST_VALUE]}" if why else ""


def _number(shown: object) -> int:
    return len(shown) if isinstance(shown, list) else int(str(shown))


def _searched(event: Event, details: Mapping[str, Any]) -> str:
    number = _number(details.get("shown", 0))
    did = "Turned the page of a search" if details.get("turned") else act_words(event.action).did
    return f"{did}: {number:,} shown"


def _exported(event: Event, details: Mapping[str, Any]) -> str:
    did = act_words(event.action).did
    if "rows" not in details:
        return did
    form = f", {details['format']}" if "format" in details else ""
    return f"{did}: {int(details['rows']):,} {_plural(int(details['rows']), 'row')}{form}"


def _sent(event: Event, details: Mapping[str, Any]) -> str:
    what = "a challenge" if "aal2" in (event.object_kind or "") else "a verification link"
    match event.outcome:
        case "sent":
            return f"Sent {what}"
        case "withdrawn":
            return f"Withdrew {what}"
    return f"Made {what}"


def _started(event: Event, details: Mapping[str, Any]) -> str:
    purpose = details.get("purpose")
    return f"Started {_a(purpose_name(purpose))} query" if purpose else ""


def _corrected(event: Event, details: Mapping[str, Any]) -> str:
    if "opted_out" in details:
        return f"Set the HIE opt-out to {'yes' if details['opted_out'] else 'no'}"
    if "exists" in details:
        return f"Set the treatment relationship to {'yes' if details['exists'] else 'no'}"
    fields = ", ".join(str(name).replace("_", " ") for name in details.get("fields", ()))
    return f"Corrected the person’s details: {fields}" if fields else ""


def _found(event: Event, details: Mapping[str, Any]) -> str:
    if "candidates" in details:
        number = int(details["candidates"])
        return f"Looked up an id: {number} {_plural(number, 'place')} found"
    return f"Looked up an id: found {details['found']}" if "found" in details else ""


def _ran_bulk(event: Event, details: Mapping[str, Any]) -> str:
    people = int(details["people"]) if "people" in details else 0
    did = act_words(event.action).did
    return f"{did}: {people:,} {'person' if people == 1 else 'people'}" if people else did


def _replayed(event: Event, details: Mapping[str, Any]) -> str:
    number = int(details["messages"]) if "messages" in details else 0
    return f"Had {number:,} {_plural(number, 'webhook')} interpreted again" if number else ""


def _changed_sandbox(event: Event, details: Mapping[str, Any]) -> str:
    change = ", ".join(f"{name}: {value}" for name, value in details.items())
    return f"Changed the sandbox ({change[:_LONGEST_VALUE]})" if change else ""


def _looked_at_log(event: Event, details: Mapping[str, Any]) -> str:
    if list(details) == ["patient_id"]:
        return "Looked at who saw this person"
    filters = ", ".join(sorted(_FILTERS.get(name, name) for name in details))
    return f"Looked at the access log, filtered by {filters}" if filters else ""


def _took_rows(event: Event, details: Mapping[str, Any]) -> str:
    number = sum(int(rows) for rows in details.get("rows", {}).values())
    return f"{act_words(event.action).did}: {number:,} {_plural(number, 'row')}"


def _ended_session(event: Event, details: Mapping[str, Any]) -> str:
    return _ENDS.get(str(details.get("why")), "")


_ENDS: Mapping[str, str] = {
    "sign_out": "Signed out",
    "provider": "Was signed out by the company’s sign-in provider",
    "replaced": "Signed in again, which ended the session before",
    "idle": "Was signed out after a time without activity",
    "too_old": "Was signed out because the session had lasted as long as it may",
    "revoked": "Ended the session of a member of the staff",
    "role_lost": "Lost the role, so the session ended",
}
_FILTERS: Mapping[str, str] = {
    "actor_id": "member of the staff",
    "patient_id": "patient",
    "session_id": "session",
    "since": "time",
    "until": "time",
}
_TOLD: Mapping[str, Callable[[Event, Mapping[str, Any]], str]] = {
    "patient.search": _searched,
    "links.send": _sent,
    "queries.start": _started,
    "patients.correct": _corrected,
    "find": _found,
    "bulk.check": _ran_bulk,
    "bulk.start": _ran_bulk,
    "webhooks.replay": _replayed,
    "sandbox.control": _changed_sandbox,
    "access_log.search": _looked_at_log,
    "session.end": _ended_session,
    "retention.purge": _took_rows,
    "patients.erase": _took_rows,
    **dict.fromkeys(
        (
            "queries.export",
            "webhooks.export",
            "calls.export",
            "bulk.export",
            "access_log.export",
            "access_review.export",
            "incident.export",
            "patients.export",
        ),
        _exported,
    ),
}
"""The actions whose details say more than their name."""


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name if name.isupper() else name.lower()}"
