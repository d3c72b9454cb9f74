"""Events of the access log as AuditEvents of FHIR R4, one resource a line (NDJSON).

They follow the Basic Audit Log Patterns of IHE (https://profiles.ihe.net/ITI/BALP): the browser is
the client, Access Desk the server, the member of the staff the user. A resource names the profile
that it keeps to; only what succeeded, from a known address, can: the profiles ask for both. A
search that showed several people is one event here, so it keeps to `Query`, with each of them as
an entity, and not to `PatientQuery`, which is about one.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from services.exports.cells import Cell
from services.staff.access_log.acts import ActKind, act_of

_BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
_REST = (f"{_TERMS}audit-event-type", "rest", "Restful Operation")
_INTERACTION = "http://hl7.org/fhir/restful-interaction"

Coding = tuple[str, str, str]

_TYPES: Mapping[ActKind, Coding] = {
    ActKind.EXPORT: (_DCM, "110106", "Export"),
    ActKind.SIGN_IN: (_DCM, "110114", "User Authentication"),
    ActKind.SIGN_OUT: (_DCM, "110114", "User Authentication"),
    ActKind.USE_OF_LOG: (_DCM, "110101", "Audit Log Used"),
}
"""The type of an event; the others are `rest`."""

_SUBTYPES: Mapping[ActKind, Coding] = {
    ActKind.READ: (_INTERACTION, "read", "read"),
    ActKind.SEARCH: (_INTERACTION, "search", "search"),
    ActKind.CREATE: (_INTERACTION, "create", "create"),
    ActKind.UPDATE: (_INTERACTION, "update", "update"),
    ActKind.EXECUTE: (_INTERACTION, "operation", "operation"),
    ActKind.SIGN_IN: (_DCM, "110122", "Login"),
    ActKind.SIGN_OUT: (_DCM, "110123", "Logout"),
}
_ACTIONS: Mapping[ActKind, str] = {
    ActKind.READ: "R",
    ActKind.CREATE: "C",
    ActKind.UPDATE: "U",
    ActKind.EXPORT: "R",
    ActKind.USE_OF_LOG: "R",
}
"""C, R, U or D; everything else is E, an execution."""

_PROFILES: Mapping[ActKind, str] = {
    ActKind.READ: "Read",
    ActKind.SEARCH: "Query",
    ActKind.CREATE: "Create",
    ActKind.UPDATE: "Update",
}
_USERS: Mapping[ActKind, Coding] = {
    ActKind.CREATE: (f"{_TERMS}v3-ParticipationType", "AUT", "author (originator)"),
    ActKind.UPDATE: (f"{_TERMS}v3-ParticipationType", "AUT", "author (originator)"),
}
_RECIPIENT = (f"{_TERMS}v3-ParticipationType", "IRCP", "information recipient")
_SOURCE_ROLE = (_DCM, "110153", "Source Role ID")
_DESTINATION_ROLE = (_DCM, "110152", "Destination Role ID")

_PURPOSES: Mapping[str, Coding] = {
    "ias": (f"{_TERMS}v3-ActReason", "PATRQT", "patient requested"),
    "treatment": (f"{_TERMS}v3-ActReason", "TREAT", "treatment"),
}
_SUCCESS, _MINOR, _SERIOUS = "0", "4", "8"
_OUTCOMES = {
    **dict.fromkeys(("done", "asked", "sent", "withdrawn"), _SUCCESS),
    **dict.fromkeys(("denied", "ended", "refused", "not ready"), _MINOR),
}
"""Any other outcome is an error of an act that was begun."""

_IP_ADDRESS = "2"
Event = Mapping[str, Any]


def write_ndjson(
    file: BinaryIO,
    about: Mapping[str, str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> None:
    """Write one AuditEvent a line; the rows are those of `access_log_export`."""
    for row in rows:
        resource = audit_event(dict(zip(columns, row, strict=True)))
        file.write(json.dumps(resource, ensure_ascii=False).encode() + b"\n")


def audit_event(event: Event) -> dict[str, Any]:
    """An event, by the names of the columns of a file, as a FHIR resource in JSON."""
    kind = act_of(str(event["action"])).kind
    details = json.loads(event["details"]) if event["details"] else {}
    people = _people(event, details)
    resource = {
        "resourceType": "AuditEvent",
        "id": f"access-desk-{event['seq']}",
        "meta": {"profile": _profiles(event, kind, people)},
        "type": _coding(_TYPES.get(kind, _REST)),
        "subtype": [
            *([_coding(_SUBTYPES[kind])] if kind in _SUBTYPES else []),
            {"system": "urn:access-desk:action", "code": _word(event["action"])},
        ],
        "action": _ACTIONS.get(kind, "E"),
        "recorded": _instant(event["at_utc"]),
        "outcome": _OUTCOMES.get(str(event["outcome"]), _SERIOUS),
        "outcomeDesc": _line(f"{event['what']} ({event['outcome']})"),
        "purposeOfEvent": _purposes(event, details),
        "agent": _agents(event, kind),
        "source": {
            "site": "Access Desk",
            "observer": {"display": "Access Desk"},
            "type": [_coding((f"{_TERMS}security-source-type", "4", "Application Server"))],
        },
        "entity": [
            *map(_patient, people),
            *_objects(event, kind, details),
            _row(event, details),
        ],
    }
    kept: dict[str, Any] = _without_empty(resource)
    return kept


def _profiles(event: Event, kind: ActKind, people: Sequence[str]) -> list[str]:
    """The profile that the resource keeps to; none where one would be claimed wrongly."""
    succeeded = _OUTCOMES.get(str(event["outcome"])) == _SUCCESS
    has_object = kind is ActKind.SEARCH or event["object_id"] or people
    if kind not in _PROFILES or not (succeeded and event["address"] and has_object):
        return []
    return [f"{_BALP}{'Patient' if len(people) == 1 else ''}{_PROFILES[kind]}"]


def _people(event: Event, details: Mapping[str, Any]) -> list[str]:
    shown = details.get("shown")
    named = [event["patient_id"], *(shown if isinstance(shown, list) else ())]
    return list(dict.fromkeys(str(one) for one in named if one))


def _agents(event: Event, kind: ActKind) -> list[dict[str, Any]]:
    # As the profiles have it: of a read the client is where the data goes, of all else where the
    # request comes from.
    roles = [_SOURCE_ROLE, _DESTINATION_ROLE]
    client, server = reversed(roles) if kind is ActKind.READ else roles
    purpose = [{"text": _line(event["reason"])}] if event["reason"] else []
    return [
        {
            "type": {"coding": [_coding(_USERS.get(kind, _RECIPIENT))]},
            "role": [{"text": _line(event["role"])}] if event["role"] else [],
            "who": {
                "identifier": {"system": "urn:access-desk:staff", "value": _line(event["actor_id"])}
            },
            "name": _line(event["actor"]),
            "requestor": True,
            "purposeOfUse": purpose,
        },
        {
            "type": {"coding": [_coding(client)]},
            "who": _identified("session", event["session_id"], "Browser of the staff"),
            "requestor": False,
            "network": {"address": _line(event["address"]), "type": _IP_ADDRESS}
            if event["address"]
            else {},
        },
        {
            "type": {"coding": [_coding(server)]},
            "who": {"display": "Access Desk"},
            "requestor": False,
            "network": {"address": "access-desk", "type": "1"},
        },
    ]


def _patient(patient_id: str) -> dict[str, Any]:
    return {
        "what": {
            "type": "Patient",
            "identifier": {"system": "urn:metriport:patient", "value": _line(patient_id)},
        },
        "type": _coding((f"{_TERMS}audit-entity-type", "1", "Person")),
        "role": _coding((f"{_TERMS}object-role", "1", "Patient")),
    }


def _objects(event: Event, kind: ActKind, details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The query of a search, or the object of any other act; a person is an object of their own."""
    system = _coding((f"{_TERMS}audit-entity-type", "2", "System Object"))
    if kind is ActKind.SEARCH:
        asked = {name: value for name, value in details.items() if name != "shown"}
        text = json.dumps({"action": event["action"], **asked}, sort_keys=True)
        query = base64.b64encode(text.encode()).decode()
        role = _coding((f"{_TERMS}object-role", "24", "Query"))
        return [{"type": system, "role": role, "query": query}]
    object_kind = event["object_kind"] or ("record" if event["patient_id"] else None)
    if object_kind is None:
        return []
    value = event["object_id"] or event["patient_id"]
    role = _coding((f"{_TERMS}object-role", "4", "Domain Resource"))
    what = _identified(str(object_kind), value, str(object_kind))
    return [{"what": what, "type": system, "role": role, "name": _line(object_kind)}]


def _row(event: Event, details: Mapping[str, Any]) -> dict[str, Any]:
    """What else the row says, with the hashes by which it is found in the chain."""
    values = {name: event[name] for name in ("seq", "ticket", "previous_hash", "hash")}
    values |= {f"details.{name}": json.dumps(value) for name, value in details.items()}
    return {
        "type": _coding((f"{_TERMS}audit-entity-type", "4", "Other")),
        "name": "Row of the access log",
        "detail": [
            {"type": _line(name), "valueString": _line(value)}
            for name, value in values.items()
            if _line(value)
        ],
    }


def _purposes(event: Event, details: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = _PURPOSES.get(str(details.get("purpose")))
    purpose: dict[str, Any] = {"coding": [_coding(known)]} if known else {}
    if event["reason"]:
        purpose["text"] = _line(event["reason"])
    return [purpose] if purpose else []


def _identified(kind: str, value: object, display: str) -> dict[str, Any]:
    if not value:
        return {"display": _line(display)}
    system = f"urn:access-desk:{_word(kind)}"
    return {"identifier": {"system": system, "value": _line(value)}, "display": _line(display)}


def _coding(coding: Coding) -> dict[str, str]:
    system, code, display = coding
    return {"system": system, "code": code, "display": display}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _line(value: object) -> str:
    """A value as FHIR takes it: no control characters, and no blanks around it."""
    text = "" if value is None else str(value)
    kept = (sign if sign.isprintable() or ord(sign) > 0x9F else " " for sign in text)
    return "".join(kept).encode("utf-8", "replace").decode().strip()


def _word(value: object) -> str:
    """A value as a code, or a part of an address: ASCII letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", str(value)).strip("-")


def _without_empty(value: Any) -> Any:
    """`value` without empty texts, lists and objects, which FHIR does not allow."""
    if isinstance(value, dict):
        kept = {name: _without_empty(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in ("", [], {}, None)}
    if isinstance(value, list):
        return [part for part in map(_without_empty, value) if part not in ("", [], {}, None)]
    return value
