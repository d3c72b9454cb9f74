"""Starting a query: what stands in the log before the call and after each answer."""

import json
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.errors import InvalidInput, LogUnavailable, NotPermitted
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.queries.updates import QUERY_ID_KEY
from services.staff.permissions import Role
from services.store.tables import (
    AuditEvent,
    NetworkQuery,
    QuerySource,
)
from tests.staff_members import make_actor
from tests.world import PATIENT, PROCESSING, REQUEST, SUPPORT, World, raises


def test_the_intent_stands_before_the_call(world: World) -> None:
    seen: list[tuple[str, int]] = []

    def look(request: httpx.Request) -> httpx.Response:
        own_id = json.loads(request.content)["metadata"][QUERY_ID_KEY]
        with world.store.read() as session:
            events = session.exec(select(AuditEvent)).all()
        seen.append((world.query(own_id)[0].status, len(events)))
        return PROCESSING(request)

    world.answer = look
    query = world.start()
    assert seen == [("submitting", 1)]
    assert (query.status, query.request_id, query.started_by) == ("processing", "r-1", SUPPORT.name)
    assert (query.reason, query.ticket, query.requested) == (REASONS[0], "SUP-1", "hie lab")


def test_without_its_audit_event_nothing_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise LogUnavailable("no room")

    monkeypatch.setattr(world.audit, "append", broken)
    with pytest.raises(LogUnavailable):
        world.start()
    assert world.requests == []
    with world.store.read() as session:
        assert session.exec(select(NetworkQuery)).all() == []


def test_who_may_not_is_noted_and_nothing_is_sent(world: World) -> None:
    reviewer = make_actor("Carla", Role.COMPLIANCE)
    with pytest.raises(NotPermitted):
        world.query_starts.start(reviewer, world.query_starts.new_id(), REQUEST)
    with world.store.read() as session:
        (event,) = session.exec(select(AuditEvent)).all()
    assert (event.actor, event.outcome, event.patient_id) == ("Carla", "denied", PATIENT)
    assert world.requests == []


def test_no_source_is_no_query(world: World) -> None:
    request = TreatmentRequest(PATIENT, "f-1", Sources(), REASONS[0])
    with pytest.raises(InvalidInput):
        world.query_starts.start(SUPPORT, world.query_starts.new_id(), request)
    assert world.requests == []


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (
            lambda _: httpx.Response(400, json={"title": "Bad", "detail": "no"}),
            "rejected",
            "invalid",
        ),
        (lambda _: httpx.Response(403, json={"message": "Forbidden"}), "rejected", "key_refused"),
        (lambda _: httpx.Response(429, text=""), "rejected", "rate_limited"),
        (lambda _: httpx.Response(500, json={}), "unconfirmed", "broken"),
        (lambda _: httpx.Response(200, html="<p>"), "unconfirmed", "broken"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed", "no_answer"),
        (raises(httpx.ConnectError("c")), "not_started", "unreachable"),
    ],
)
def test_each_outcome_of_a_start_is_kept(world: World, answer: Any, status: str, kind: str) -> None:
    world.answer = answer
    query = world.start()
    assert (query.status, query.error_kind) == (status, kind)
    assert len(world.requests) == 1


def test_an_unanswered_start_is_settled_by_its_webhook(world: World) -> None:
    world.answer = raises(httpx.ReadTimeout("t"))
    query = world.start()
    world.hear("m-1", data={QUERY_ID_KEY: query.id})
    world.hear("m-2", "lab", data={QUERY_ID_KEY: query.id})
    row, sources = world.query(query.id)
    assert (row.status, row.request_id, row.error_kind) == ("completed", "r-1", None)
    assert sources == {"hie": "completed", "lab": "completed"}
    assert len(world.requests) == 1


def test_a_webhook_may_come_before_the_answer(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        own_id = json.loads(request.content)["metadata"][QUERY_ID_KEY]
        world.hear("m-1", data={QUERY_ID_KEY: own_id})
        return PROCESSING(request)

    world.answer = answer
    row, sources = world.query(world.start().id)
    assert row.status == "processing"
    assert sources == {"hie": "completed", "lab": "processing"}


def test_sources_that_could_not_start_are_kept_with_their_reason(world: World) -> None:
    errors = [{"source": "lab", "httpStatus": 429, "message": "slow down"}]
    running = [{"type": "hie", "status": "processing"}]
    body = {"requestId": "r-1", "status": "in-progress", "sources": running, "errors": errors}
    world.answer = lambda _: httpx.Response(200, json=body)
    query = world.start()
    with world.store.read() as session:
        wanted = select(QuerySource).where(QuerySource.type == "lab")
        lab = session.exec(wanted).one()
    assert (lab.status, lab.error_status, lab.error_message) == ("not_started", 429, "slow down")
    assert query.status == "processing"
    world.hear("m-1")
    assert world.query(query.id)[0].status == "completed"


def test_the_same_type_twice_is_two_attempts(world: World) -> None:
    rows = [
        {"type": "lab", "status": "failed", "startedAt": "2026-09-14T15:30:00Z"},
        {"type": "lab", "status": "completed", "startedAt": "2026-09-14T15:32:00Z"},
    ]
    body = {"requestId": "r-1", "status": "completed", "sources": rows}
    world.answer = lambda _: httpx.Response(200, json=body)
    query = world.start()
    with world.store.read() as session:
        wanted = select(QuerySource).where(QuerySource.type == "lab").order_by(QuerySource.attempt)  # type: ignore[arg-type]
        attempts = [(one.attempt, one.status) for one in session.exec(wanted).all()]
    assert attempts == [(1, "failed"), (2, "completed")]
    assert query.status == "completed"
