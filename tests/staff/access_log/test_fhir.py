"""Events as FHIR R4 AuditEvents: every action of the program, odd texts, and the IHE profiles."""

import base64
import io
import json
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent as R4AuditEvent

from services.clock import Clock
from services.exports.formats import CSV, XLSX
from services.staff.access_log.acts import ACTS
from services.staff.access_log.export import COLUMNS, FHIR, FORMATS, access_log_export
from services.staff.access_log.fhir import audit_event
from services.staff.access_log.filters import AccessFilters
from services.staff.exports import Exports
from services.staff.permissions import Permission
from services.staff.reasons import Grounds
from tests.clock import FakeClock
from tests.staff.access_log.events import ANNA, BERT, CARLA, SAM, Log

ODD = '=1+1 <b>&amp; "q" \u202eevil\u0000\u0007\n\ud800 Zoë 王 ' + "x" * 300
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


def resources(log: Log, clock: Clock, **filters: Any) -> list[dict[str, Any]]:
    export = access_log_export(AccessFilters(**filters), lambda event: f"Did {event.action}")
    file = Exports(log.store, log.audit, clock).make(CARLA, export, FHIR)
    lines = file.decode().splitlines()
    return [json.loads(line) for line in lines if line]


def resource(log: Log, clock: Clock, action: str) -> dict[str, Any]:
    (found,) = resources(log, clock, action=action)
    return found


def test_every_action_is_a_valid_resource(log: Log, clock: FakeClock) -> None:
    actions = {*ACTS, *(permission.value for permission in Permission), "new.action"}
    for action in sorted(actions):
        log.note(SAM, action)
        log.note(SAM, action, outcome="denied", patient_id=ANNA)
        log.note(
            SAM,
            action,
            patient_id=ANNA,
            of=("query", "q-1"),
            grounds=Grounds("Care", "SUP-1"),
            details={"purpose": "ias", "shown": [BERT]},
        )
    made = resources(log, clock, actor_id=SAM.id)
    assert len(made) == 3 * len(actions)
    for one in made:
        R4AuditEvent.model_validate(one)
    assert len({one["id"] for one in made}) == len(made)


@pytest.mark.parametrize("name", sorted({*COLUMNS} - {"seq", "at_utc", "details", "imported"}))
def test_odd_texts_make_valid_resources(name: str) -> None:
    event: dict[str, Any] = dict.fromkeys(COLUMNS, "x")
    event |= {"seq": 1, "at_utc": FakeClock().now, "details": json.dumps({ODD: ODD, "shown": 3})}
    for value in (ODD, " ", "\u0000", None):
        if value is None and name in ("actor_id", "actor", "action", "outcome", "what", "hash"):
            continue
        made = audit_event(event | {name: value})
        json.dumps(made).encode()
        R4AuditEvent.model_validate(made)


def test_a_read_of_a_patient_keeps_to_its_profile(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patient.view", patient_id=ANNA, grounds=Grounds("Care"))
    made = resource(log, clock, "patient.view")
    assert made["meta"]["profile"] == [f"{BALP}PatientRead"]
    assert (made["type"]["code"], made["action"], made["outcome"]) == ("rest", "R", "0")
    assert "read" in [one["code"] for one in made["subtype"]]
    assert made["recorded"] == "2026-09-14T15:31:00.000000Z"
    user, client, server = made["agent"]
    assert user["who"]["identifier"]["value"] == SAM.id
    assert (user["name"], user["role"], user["requestor"]) == (
        SAM.name,
        [{"text": "support"}],
        True,
    )
    assert user["type"]["coding"][0]["code"] == "IRCP" and "network" not in user
    assert user["purposeOfUse"] == [{"text": "Care"}]
    assert client["type"]["coding"][0]["code"] == "110152"
    assert client["network"] == {"address": "203.0.113.7", "type": "2"}
    assert server["type"]["coding"][0]["code"] == "110153" and server["network"]
    patient, data = made["entity"][:2]
    assert patient["what"]["identifier"]["value"] == ANNA and patient["role"]["code"] == "1"
    assert (data["type"]["code"], data["role"]["code"]) == ("2", "4")
    assert made["purposeOfEvent"] == [{"text": "Care"}]


def test_a_search_keeps_to_its_profile(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patient.search", details={"shown": [ANNA, BERT], "facility": "f-1"})
    made = resource(log, clock, "patient.search")
    assert made["meta"]["profile"] == [f"{BALP}Query"]
    assert made["action"] == "E"
    assert made["agent"][1]["type"]["coding"][0]["code"] == "110153"
    people = [one for one in made["entity"] if one["type"]["code"] == "1"]
    assert [one["what"]["identifier"]["value"] for one in people] == [ANNA, BERT]
    (query,) = [one for one in made["entity"] if one.get("role", {}).get("code") == "24"]
    asked = json.loads(base64.b64decode(query["query"]))
    assert asked == {"action": "patient.search", "facility": "f-1"}
    assert not {"what", "name", "detail", "lifecycle"} & set(query)


def test_a_search_of_one_person_is_a_patient_query(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patient.search", details={"shown": [ANNA]})
    assert resource(log, clock, "patient.search")["meta"]["profile"] == [f"{BALP}PatientQuery"]


def test_what_was_refused_claims_no_profile(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patient.view", patient_id=ANNA, outcome="denied")
    made = resource(log, clock, "patient.view")
    assert "meta" not in made and made["outcome"] == "4"
    assert made["outcomeDesc"] == "Did patient.view (denied)"


def test_a_failed_act_is_a_serious_failure(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patients.correct", patient_id=ANNA, outcome="unreachable")
    assert resource(log, clock, "patients.correct")["outcome"] == "8"


def test_an_ias_query_says_that_the_patient_asked(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "queries.start", outcome="asked", patient_id=ANNA, details={"purpose": "ias"})
    (purpose,) = resource(log, clock, "queries.start")["purposeOfEvent"]
    assert purpose["coding"][0]["code"] == "PATRQT"


def test_the_row_is_found_in_the_chain_again(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "sign_in", grounds=Grounds("", "SUP-9"))
    row = resource(log, clock, "sign_in")["entity"][-1]
    details = {one["type"]: one["valueString"] for one in row["detail"]}
    assert details["seq"] == "1" and len(details["hash"]) == 64 and details["ticket"] == "SUP-9"


def test_the_export_is_noted_before_it_is_made(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "find")
    for number, form in enumerate(FORMATS, 1):
        export = access_log_export(AccessFilters(actor_id=SAM.id))
        assert Exports(log.store, log.audit, clock).make(CARLA, export, form)
        with log.store.read() as session:
            found = AccessFilters(action="access_log.export").select(session)
            events = session.exec(found).all()
        assert len(events) == number
        assert events[-1].details == {"actor_id": SAM.id, "rows": 1, "format": form.name}


def test_a_file_of_rows_has_the_whole_event(log: Log, clock: FakeClock) -> None:
    log.note(SAM, "patient.search", details={"shown": [ANNA]}, grounds=Grounds("=cmd()"))
    export = access_log_export(AccessFilters(patient_id=ANNA), lambda _: "Searched")
    text = Exports(log.store, log.audit, clock).make(CARLA, export, CSV).decode()
    head, row = text.splitlines()[0], text.splitlines()[-1]
    assert head.startswith('"seq","at_utc","actor_id"')
    assert "'=cmd()" in row and ANNA in row and "Searched" in row
    assert (
        io.BytesIO(Exports(log.store, log.audit, clock).make(CARLA, export, XLSX)).read(2) == b"PK"
    )
