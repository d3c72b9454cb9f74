"""Words for what Metriport's API and the log call things.

A word that is new here is answered as it came. Pages show the word of the wire beside or on hover.
"""

import re
from collections.abc import Mapping

from pages._ui.words.audit.act_words import act_words
from services.queries.conditions.source_names import SOURCE_NAMES

_WEBHOOKS: Mapping[str, str] = {
    **{f"network-query.{kind}": f"{name}: ended" for kind, name in SOURCE_NAMES.items()},
    **{
        f"network-query.{kind}.first-data-ready": f"{name}: first data"
        for kind, name in SOURCE_NAMES.items()
    },
    "ias.identity.verified": "Identity verified",
    "medical.consolidated-data": "Records gathered",
    "medical.document-download": "Documents downloaded",
    "medical.document-conversion": "Documents converted",
    "medical.document-bulk-download-urls": "Addresses of documents",
    "medical.document-bulk-download-paged": "Addresses of documents, in parts",
    "medical.bulk-patient-create": "Patients created in bulk",
    "ping": "Test of the connection",
}

_CALLS: Mapping[str, str] = {
    "GET /medical/v1/patient": "Search for people",
    "POST /medical/v1/patient": "Create a person",
    "POST /medical/v1/patient/match": "Look for the same person",
    "GET /medical/v1/patient/external-id": "Read a person by external id",
    "GET /medical/v1/patient/{id}": "Read a person",
    "PUT /medical/v1/patient/{id}": "Correct a person",
    "PUT /medical/v1/patient/{id}/hie-opt-out": "Change the HIE opt-out",
    "PUT /medical/v1/patient/{id}/treatment-relationship": "Change the treatment relationship",
    "GET /medical/v1/facility": "Read the facilities",
    "POST /medical/v1/network/query": "Start a network query",
    "GET /medical/v1/network/query/{request}": "Ask how a network query fares",
    "POST /medical/v1/identity/session": "Ask for a verification",
    "POST /medical/v1/identity/aal2/challenge": "Ask for a challenge",
    "POST /medical/v1/patient/{id}/consolidated/query": "Ask for the records",
    "GET /medical/v1/patient/{id}/consolidated/query/{request}": "Ask how the records fare",
    "GET /medical/v1/patient/{id}/consolidated/count": "Count the records",
    "GET /presigned/consolidated-data": "Read the records",
    "GET /settings": "Read the account’s settings",
    "GET /settings/webhook": "Ask how webhooks are delivered",
    "POST /settings/webhook/retry": "Have webhooks delivered again",
}

_ACT_OUTCOMES: Mapping[str, str] = {
    "done": "",
    "asked": "Asked of Metriport",
    "sent": "Sent",
    "withdrawn": "Withdrawn",
    "denied": "Not allowed",
    "not ready": "Not possible yet",
}

_METHODS: Mapping[str, str] = {
    "totp": "Code from an authenticator app",
    "webauthn": "Passkey",
    "sms": "Code by text message",
}

_ERRORS: Mapping[str, str] = {
    "key_refused": "API key refused",
    "refused": "Refused",
    "not_found": "Unknown to Metriport",
    "invalid": "Found wrong",
    "conflict": "Changed meanwhile",
    "rate_limited": "Rate limit reached",
    "address_ended": "Address ended",
    "file_unusable": "File not usable",
    "unreachable": "Not reached",
    "unknown": "Outcome unknown",
    "broken": "Unusable answer",
    "no_answer": "No answer",
    "upstream": "Failed",
}

_ENDS: Mapping[str, str] = {
    "used": "a query used it",
    "refused": "Metriport refused it",
    "expired": "its time was over",
    "replaced": "a newer one replaced it",
    "erased": "it was erased as the person asked",
}

_FAILURES: Mapping[str, str] = {
    "nothing to do for this type": "Access Desk does nothing with messages of this type.",
    "not started here": "It is about a request that was not started here.",
    "names no request": "It names no request, so nobody can tell which query it is about.",
    "cannot be decrypted: SECRET_KEY has changed": "It cannot be decrypted, because SECRET_KEY "
    "has changed: an administrator can set the old key beside the new one.",
    "no signature": "It had no signature, so it did not come from Metriport.",
    "wrong signature": "Its signature is wrong: it did not come from Metriport, or the webhook "
    "key of this program is not the one of the account.",
    "not whole in time": "It did not arrive whole in time.",
    "over 5 MiB": "It is larger than 5 MiB.",
    "not JSON": "It is no JSON.",
}
_SHAPE = "wrong shape: "
_PARTLY = "taken in, but cannot be read: "
_EXCEPTION = re.compile(r"[A-Z]\w+")


def webhook_name(type_: str | None) -> str:
    """What a message of this type tells."""
    return _WEBHOOKS.get(type_ or "", type_ or "Message without a type")


def call_name(operation: str) -> str:
    """What a call such as `POST /medical/v1/network/query` does."""
    return _CALLS.get(operation, operation)


def path_name(path: str) -> str:
    """What the calls to this path do, whatever their methods."""
    names = [name for operation, name in _CALLS.items() if operation.partition(" ")[2] == path]
    return " · ".join(names) or path


def act_name(action: str) -> str:
    """What a member of the staff did or saw, by the name in the access log."""
    return act_words(action).did


def act_outcome(outcome: str) -> str:
    """What came of it; empty where it was simply done."""
    return _ACT_OUTCOMES.get(outcome, call_error_name(outcome))


def method_name(method: str) -> str:
    """How a multifactor challenge is answered."""
    return _METHODS.get(method, method)


def call_error_name(kind: str) -> str:
    """What went wrong with a call."""
    return _ERRORS.get(kind, kind)


def end_name(reason: str) -> str:
    """Why an AAL2 session ended."""
    return _ENDS.get(reason, reason)


def failure_words(error: str) -> str:
    """Why a webhook was refused, ignored or not understood, as sentences."""
    if error.startswith(_SHAPE):
        faults = error.removeprefix(_SHAPE).replace(": Field required", " is missing")
        return f"It is not built as Metriport documents it: {faults}."
    if error.startswith(_PARTLY):
        return f"It was taken in, but a part of it cannot be read: {error.removeprefix(_PARTLY)}."
    if _EXCEPTION.fullmatch(error):
        return f"Access Desk failed over it ({error}): tell an administrator."
    return _FAILURES.get(error, error)
