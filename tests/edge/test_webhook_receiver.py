"""What the internet may send to the receiver, and what becomes of it."""

import json
import time
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.addresses import WEBHOOK_PATH
from services.desk import Desk
from services.ids import new_id
from services.metriport.signature import HEADER, sign
from services.queries.updates import QUERY_ID_KEY
from services.store.tables import NetworkQuery, QuerySource, WebhookEvent

ENDED = "2026-11-02T08:00:10.000Z"


@pytest.fixture
def url(running_desk: Desk) -> str:
    """Where webhooks go."""
    return str(running_desk.http.base_url).replace("/sandbox/", WEBHOOK_PATH)


def _post(desk: Desk, url: str, body: bytes, signature: str | None = "right") -> httpx.Response:
    key = desk.sandbox.webhook_key if desk.sandbox else ""
    value = sign(key, body) if signature == "right" else signature
    headers = {HEADER: value.encode("latin-1")} if value is not None else {}
    return httpx.post(url, content=body, headers=headers)


def _settled(desk: Desk, message_id: str) -> WebhookEvent:
    for _ in range(200):
        with desk.store.read() as session:
            wanted = select(WebhookEvent).where(WebhookEvent.message_id == message_id)
            event = session.exec(wanted).one()
        if event.status != "received":
            return event
        time.sleep(0.02)
    raise AssertionError("not interpreted")


def _rejected(desk: Desk, why: str) -> tuple[int, set[bytes | None]]:
    """How many requests were refused for that reason, and which bodies of theirs are kept."""
    desk.webhooks.rejections.write_counts(at_end=True)
    with desk.store.read() as session:
        wanted = select(WebhookEvent).where(WebhookEvent.status == "rejected")
        rows = session.exec(wanted.where(WebhookEvent.error == why)).all()
    return sum(row.deliveries for row in rows), {row.body for row in rows}


def _message(message_id: str, request_id: str | None, **changes: Any) -> dict[str, Any]:
    source = {"type": "hie", "source": "national-hie", "status": "completed", "completedAt": ENDED}
    meta = {"messageId": message_id, "when": ENDED, "type": "network-query.hie"}
    if request_id:
        meta["requestId"] = request_id
    payload = {"patientId": "p-1", "consolidatedDataUrl": "", "source": source}
    return {"meta": meta, "payload": payload} | changes


def _query(desk: Desk, request_id: str) -> tuple[NetworkQuery, list[QuerySource]]:
    with desk.store.read() as session:
        wanted = select(NetworkQuery).where(NetworkQuery.request_id == request_id)
        query = session.exec(wanted).one()
        rows = select(QuerySource).where(QuerySource.query_id == query.id)
        return query, list(session.exec(rows).all())


@pytest.mark.parametrize(
    ("body", "signature", "status", "why"),
    [
        (b"{}", None, 401, "no signature"),
        (b"{}", "0" * 64, 401, "wrong signature"),
        (b"{}", "schl\xfcssel", 401, "wrong signature"),
        (b'"\xff\xfe"', "right", 400, "not JSON"),
        (b"{not json", "right", 400, "not JSON"),
        (b"[" * 200_000, "right", 400, "not JSON"),
        (b"x" * (6 * 1024 * 1024), "right", 413, "over 5 MiB"),
    ],
)
def test_rubbish_is_refused_and_kept_without_its_body(
    running_desk: Desk, url: str, body: bytes, signature: str | None, status: int, why: str
) -> None:
    before, _ = _rejected(running_desk, why)
    assert _post(running_desk, url, body, signature).status_code == status
    assert _rejected(running_desk, why) == (before + 1, {None})


@pytest.mark.parametrize("wrong", [b"[]", b"7", b"{}", b'{"meta": []}', b'{"meta": {"type": 1}}'])
def test_json_of_a_wrong_shape_is_kept_and_marked(
    running_desk: Desk, url: str, wrong: bytes
) -> None:
    assert _post(running_desk, url, wrong).status_code == 200
    with running_desk.store.read() as session:
        key = [e.message_id for e in session.exec(select(WebhookEvent)).all() if e.message_id]
    newest = next(one for one in reversed(key) if one.startswith("sha256:"))
    assert _settled(running_desk, newest).status == "failed"


def test_a_missing_payload_fails_with_words_that_hold_no_value(
    running_desk: Desk, url: str
) -> None:
    message = _message("m-shape", "r-shape", payload={"patientId": "SECRET"})
    assert _post(running_desk, url, json.dumps(message).encode()).status_code == 200
    event = _settled(running_desk, "m-shape")
    assert event.status == "failed"
    assert event.error is not None and "source" in event.error and "SECRET" not in event.error


def test_an_unknown_type_is_kept_and_left_alone(running_desk: Desk, url: str) -> None:
    message = _message("m-unknown", None)
    message["meta"]["type"] = "patient.teleported"
    assert _post(running_desk, url, json.dumps(message).encode()).status_code == 200
    event = _settled(running_desk, "m-unknown")
    assert (event.status, event.type) == ("ignored", "patient.teleported")


def test_a_ping_is_answered(running_desk: Desk, url: str) -> None:
    meta = {"messageId": "m-ping", "when": ENDED, "type": "ping"}
    body = json.dumps({"ping": "abc", "meta": meta}).encode()
    assert _post(running_desk, url, body).json() == {"pong": "abc"}


def test_a_duplicate_is_counted_and_not_interpreted_again(running_desk: Desk, url: str) -> None:
    body = json.dumps(_message("m-twice", "r-twice")).encode()
    assert [_post(running_desk, url, body).status_code for _ in range(3)] == [200, 200, 200]
    event = _settled(running_desk, "m-twice")
    assert (event.deliveries, event.attempts) == (3, 1)
    assert len(_query(running_desk, "r-twice")[1]) == 1


def test_the_body_at_rest_is_not_readable(running_desk: Desk, url: str) -> None:
    message = _message("m-secret", "r-secret", remark="Jane Q. Readable")
    _post(running_desk, url, json.dumps(message).encode())
    body = _settled(running_desk, "m-secret").body
    assert body and b"Readable" not in body and b"r-secret" not in body


def test_out_of_order_news_never_take_an_end_back(running_desk: Desk, url: str) -> None:
    _post(running_desk, url, json.dumps(_message("m-end", "r-order")).encode())
    early = _message("m-first", "r-order")
    early["meta"]["type"] = "network-query.hie.first-data-ready"
    early["payload"]["source"] = {
        "type": "hie",
        "status": "processing",
        "firstDataReadyAt": "2026-11-02T08:00:05.000Z",
    }
    _post(running_desk, url, json.dumps(early).encode())
    assert _settled(running_desk, "m-first").status == "processed"
    rows = _query(running_desk, "r-order")[1]
    assert [(row.status, row.first_data_at is not None) for row in rows] == [("completed", True)]


def test_a_query_nobody_here_started_is_taken_in(running_desk: Desk, url: str) -> None:
    message = _message("m-ext", "r-ext")
    message["payload"]["purposeOfUse"] = "ias"
    message["meta"]["data"] = {QUERY_ID_KEY: "somebody-elses"}
    _post(running_desk, url, json.dumps(message).encode())
    _settled(running_desk, "m-ext")
    query, _ = _query(running_desk, "r-ext")
    assert (query.origin, query.purpose, query.patient_id) == ("external", "ias", "p-1")


def test_our_own_id_settles_a_start_that_was_never_answered(running_desk: Desk, url: str) -> None:
    now = running_desk.clock()
    row = NetworkQuery(
        id=new_id(now),
        patient_id="p-1",
        purpose="treatment",
        origin="dashboard",
        status="unconfirmed",
        submitted_at=now,
    )
    sources = [
        QuerySource(query_id=row.id, type=one, status="submitting") for one in ("hie", "lab")
    ]
    with running_desk.store.write() as session:
        session.add(row)
        session.flush()
        session.add_all(sources)
    message = _message("m-own", "r-own")
    message["meta"]["data"] = {QUERY_ID_KEY: row.id}
    _post(running_desk, url, json.dumps(message).encode())
    _settled(running_desk, "m-own")
    query, rows = _query(running_desk, "r-own")
    assert (query.id, query.status) == (row.id, "processing")
    assert {one.type: one.status for one in rows} == {"hie": "completed", "lab": "processing"}


def test_nul_and_lone_surrogates_are_kept(running_desk: Desk, url: str) -> None:
    message = _message("m-nul", "r-\u0000nul")
    message["payload"]["source"]["source"] = "\ud800"
    assert _post(running_desk, url, json.dumps(message).encode()).status_code == 200
    assert _settled(running_desk, "m-nul").status == "processed"


def test_probes_answer(running_desk: Desk, url: str) -> None:
    root = url.removesuffix(WEBHOOK_PATH)
    assert httpx.get(f"{root}/healthz").text == "alive\n"
    assert httpx.get(f"{root}/readyz").text == "ready\n"
