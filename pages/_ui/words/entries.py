"""The entries of a timeline in words: what they are about, what they tell, and their facts."""

from collections.abc import Mapping
from dataclasses import replace

from pages._ui.consent.consent_words import way_of_consent, way_of_withdrawal
from pages._ui.words.links import way_words
from pages._ui.words.names import PURPOSES, source_name
from pages._ui.words.states import (
    AAL2_STATES,
    BEGUN_STATES,
    CALL_STATES,
    CONSENT_STATES,
    IDENTITY_STATES,
    LINK_STATES,
    QUERY_STATES,
    RECORDS_STATES,
    WEBHOOK_STATES,
    States,
    StateWords,
    words_of,
)
from pages._ui.words.wire import (
    act_name,
    act_outcome,
    call_error_name,
    call_name,
    end_name,
    failure_words,
    method_name,
    webhook_name,
)
from services.identity.consent.consent_state import ConsentState
from services.lookup.entries import EntryKind, Moment, TimelineEntry

KIND_NAMES: Mapping[EntryKind, str] = {
    EntryKind.IDENTITY: "Identity",
    EntryKind.AAL2: "AAL2",
    EntryKind.QUERY: "Queries",
    EntryKind.RECORDS: "Records",
    EntryKind.WEBHOOK: "Webhooks",
    EntryKind.CALL: "Calls",
    EntryKind.ACT: "Staff",
}
"""The name of each kind of entry."""

CONSENT_WORDS: States = {
    state: replace(words, label=words.label.removeprefix("Consent ").capitalize())
    for state, words in CONSENT_STATES.items()
    # Of an identity "none" says something else, and no entry tells of a consent that is missing.
    if state != ConsentState.NONE
}
"""Of a consent, beside an entry that names it."""

_STATES: Mapping[EntryKind, States] = {
    # A link is a step of its own before it is an identity or a session.
    EntryKind.IDENTITY: {**LINK_STATES, **IDENTITY_STATES, **CONSENT_WORDS},
    EntryKind.AAL2: {**LINK_STATES, **AAL2_STATES},
    EntryKind.QUERY: QUERY_STATES,
    EntryKind.RECORDS: RECORDS_STATES,
    EntryKind.WEBHOOK: WEBHOOK_STATES,
    EntryKind.CALL: CALL_STATES,
    EntryKind.ACT: {},
}


def entry_name(entry: TimelineEntry) -> str:
    """What happened, in words."""
    match entry.kind:
        case EntryKind.WEBHOOK:
            return webhook_name(entry.what)
        case EntryKind.CALL:
            return call_name(entry.what)
        case EntryKind.ACT:
            return act_name(entry.what)
    purpose, _, rest = entry.what.partition(" ")
    return f"{PURPOSES[purpose]} {rest}" if purpose in PURPOSES else entry.what


def entry_state(entry: TimelineEntry) -> StateWords:
    """How the state of an entry is shown."""
    if entry.moment in (Moment.BEGUN, Moment.STARTED) and entry.state in BEGUN_STATES:
        return BEGUN_STATES[entry.state]
    return words_of(_STATES[entry.kind], entry.state)


def entry_detail(entry: TimelineEntry) -> str:
    """What more is known of an entry, in words."""
    detail = entry.detail
    match entry.kind, entry.moment:
        case EntryKind.WEBHOOK, _:
            return failure_words(detail)
        case EntryKind.CALL, _:
            answer, dot, rest = detail.partition(" · ")
            return call_error_name(answer) + dot + rest
        case EntryKind.ACT, _:
            return act_outcome(detail)
        case EntryKind.AAL2, Moment.BEGUN:
            return method_name(detail)
        case EntryKind.IDENTITY, _ if entry.state == ConsentState.GIVEN:
            return way_of_consent(detail).capitalize()
        case EntryKind.IDENTITY, _ if entry.state == ConsentState.REVOKED:
            return way_of_withdrawal(detail).capitalize()
        case EntryKind.IDENTITY | EntryKind.AAL2, Moment.SENT:
            return way_words(detail)
        case EntryKind.IDENTITY | EntryKind.AAL2, Moment.BACK if detail:
            return f"Status “{detail}”"
    return detail


def entry_fact(name: str, value: str) -> str:
    """A fact of an entry by its name, in words."""
    match name:
        case "Method":
            return method_name(value)
        case "Source":
            return source_name(value)
        case "Ended because":
            return end_name(value)
        case "Sent by way":
            return way_words(value)
        case "Captured":
            return way_of_consent(value).capitalize()
        case "Withdrawn how":
            return way_of_withdrawal(value).capitalize()
        case "Outcome":
            return act_outcome(value) or "Done"
    return value
