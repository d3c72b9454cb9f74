"""Texts that must be shown as text, in every place where text comes from outside."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from services.ids import new_id
from services.sandbox.people import load_people
from services.store import Store
from services.store.tables import (
    BulkItem,
    BulkRun,
    NetworkQuery,
    QuerySource,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)

EVIL: list[str] = json.loads((Path(__file__).parents[1] / "cases/evil_names.json").read_text())
PEOPLE = [person.patient["id"] for person in load_people()][: len(EVIL)]
"""The people whose names and addresses are evil, one for each text."""

VICTIM = PEOPLE[0]
"""The person of all queries, messages and requests."""


def fill_sandbox(database: Path) -> None:
    """Give people and facilities of the sandbox evil names, addresses and external ids."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        for patient_id, text in zip(PEOPLE, EVIL, strict=True):
            _change(connection, "patient", patient_id, lambda row, text=text: _rename(row, text))
        (facilities,) = zip(*connection.execute("SELECT id FROM facility"), strict=True)
        for facility_id, text in zip(facilities, cycle(EVIL), strict=False):
            _change(
                connection, "facility", facility_id, lambda row, text=text: row | {"name": text}
            )
        connection.commit()


def _change(connection: sqlite3.Connection, table: str, key: str, edit: Any) -> None:
    sql = f"SELECT document FROM {table} WHERE id = ?"
    document = json.loads(connection.execute(sql, (key,)).fetchone()[0])
    changed = json.dumps(edit(document))
    connection.execute(f"UPDATE {table} SET document = ? WHERE id = ?", (changed, key))


def _rename(patient: dict[str, Any], text: str) -> dict[str, Any]:
    home = {"addressLine1": text, "city": text, "state": text, "zip": text, "country": "USA"}
    return patient | {
        "firstName": text,
        "lastName": "",
        "genderAtBirth": text,
        "externalId": text,
        "address": [home],
    }


def fill_log(store: Store, now: Any) -> dict[str, list[str]]:
    """Write rows whose every word from outside is evil; answers their ids by table."""
    ids: dict[str, list[str]] = {"query": [], "webhook": [], "call": [], "run": []}
    with store.write() as session:
        for number, text in enumerate(EVIL):
            at = now - timedelta(minutes=number)
            keys = {name: new_id(at) for name in ids}
            session.add(_query(keys["query"], text, at))
            session.flush()
            session.add(_source(keys["query"], text, at))
            session.add(_webhook(keys["webhook"], text, at))
            session.add(_call(keys["call"], text, at))
            session.add(_run(keys["run"], text, at))
            session.flush()
            session.add(_item(keys, text))
            for name, key in keys.items():
                ids[name].append(key)
        session.add(_records(new_id(now), now))
    return ids


def _query(key: str, text: str, at: Any) -> NetworkQuery:
    return NetworkQuery(
        id=key,
        patient_id=VICTIM,
        facility_id=text,
        purpose=text,
        origin="dashboard",
        status=text,
        requested="hie",
        started_by=text,
        reason=text,
        ticket=text,
        submitted_at=at,
        # As if it were still running, and so far ahead that nobody asks upstream.
        next_check_at=at + timedelta(days=1),
        error_kind="invalid",
        error_status=400,
        error_title=text,
        error_detail=text,
        unreadable=text,
    )


def _source(query_id: str, text: str, at: Any) -> QuerySource:
    return QuerySource(
        query_id=query_id,
        type=text,
        specific_source=text,
        status=text,
        started_at=at,
        completed_at=at + timedelta(seconds=9),
        error_status=500,
        error_message=text,
    )


def _webhook(key: str, text: str, at: Any) -> WebhookEvent:
    return WebhookEvent(
        id=key,
        message_id=f"{text} {key}",
        type=text,
        request_id=text,
        patient_id=VICTIM,
        received_at=at,
        signature_status="valid",
        status="failed",
        error=text,
        body_hash=key,
    )


def _call(key: str, text: str, at: Any) -> UpstreamCall:
    return UpstreamCall(
        id=key,
        at=at,
        method="GET",
        path="/medical/v1/patient",
        status=400,
        duration_ms=9,
        upstream_request_id=text,
        patient_id=VICTIM,
        error_kind="invalid",
        error_title=text,
        error_detail=text,
    )


def _run(key: str, text: str, at: Any) -> BulkRun:
    return BulkRun(
        id=key,
        created_by=text,
        role="support",
        created_at=at,
        status="stopped",
        facility_id=text,
        sources={"hie": True, "pharmacy": False, "realtime": False, "lab": False},
        reason=text,
        total=1,
        stop_reason=text,
    )


def _item(keys: dict[str, str], text: str) -> BulkItem:
    return BulkItem(
        run_id=keys["run"],
        patient_id=VICTIM,
        query_id=keys["query"],
        status="failed",
        error=text,
    )


def _records(key: str, now: Any) -> RecordRequest:
    return RecordRequest(
        id=key,
        patient_id=VICTIM,
        conversion_type="json",
        status=EVIL[0],
        started_by=EVIL[1],
        submitted_at=now,
        finished_at=now,
        counted_at=now,
        resource_counts={text: number + 1 for number, text in enumerate(EVIL)},
        error_detail=EVIL[2],
    )
