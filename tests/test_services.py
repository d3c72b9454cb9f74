"""The services over the log, on each database, with an upstream that does what a test says."""

import json
import threading
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.errors import InvalidInput, LogUnavailable, NotInLog, NotPermitted
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.outcomes.outcomes import Outcomes
from services.outcomes.tables import headline
from services.patients.form import PatientForm
from services.queries.filters import QueryFilters
from services.queries.requests import REASONS, TreatmentRequest
from services.queries.updates import QUERY_ID_KEY
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import (
    AuditEvent,
    NetworkQuery,
    QuerySource,
    UpstreamCall,
    WebhookEvent,
)
from services.vault import Vault
from services.webhooks.receiver import Webhooks
from services.workers.reconciler import Reconciler
from tests.clock import FakeClock
from tests.world import PATIENT, REQUEST, SUPPORT, World, answers, raises


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    """Services over an empty log, on each database in turn."""
    return World(store, clock)


PROCESSING = answers("processing", hie="processing", lab="processing")


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
    reviewer = Actor("Carla", Role.COMPLIANCE)
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


def test_an_unanswered_start_that_nobody_speaks_of_ends_after_a_day(world: World) -> None:
    world.answer = raises(httpx.ReadTimeout("t"))
    query = world.start()
    world.clock.forward(hours=23)
    world.reconciler.step()
    assert world.query(query.id)[0].status == "unconfirmed"
    world.clock.forward(hours=1, seconds=1)
    world.reconciler.step()
    row, sources = world.query(query.id)
    assert (row.status, row.next_check_at, set(sources.values())) == (
        "not_started",
        None,
        {"not_started"},
    )


def test_a_start_whose_process_died_becomes_unconfirmed(world: World) -> None:
    world.answer = raises(RuntimeError("the power went"))
    query_id = world.query_starts.new_id()
    with pytest.raises(RuntimeError):
        world.query_starts.start(SUPPORT, query_id, REQUEST)
    assert world.query(query_id)[0].status == "submitting"
    world.clock.forward(minutes=3)
    world.reconciler.step()
    assert world.query(query_id)[0].status == "unconfirmed"


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


def test_the_reconciler_follows_to_the_end_and_stops(world: World) -> None:
    world.answer = PROCESSING
    query = world.start()
    gaps = []
    for _ in range(4):
        due = world.query(query.id)[0].next_check_at
        assert due is not None
        gaps.append(due - world.clock.now)
        world.clock.now = due
        assert world.reconciler.step() == 1
    assert gaps == sorted(gaps) and gaps[-1] > gaps[0]
    world.answer = answers("partial", hie="completed", lab="failed")
    world.clock.forward(hours=1)
    world.reconciler.step()
    row, _ = world.query(query.id)
    assert (row.status, row.next_check_at) == ("partial", None)
    world.clock.forward(days=9)
    assert world.reconciler.step() == 0


@pytest.mark.parametrize("answer", [raises(httpx.ConnectError("c")), lambda _: httpx.Response(500)])
def test_an_upstream_that_fails_postpones_and_says_so(world: World, answer: Any) -> None:
    world.answer = PROCESSING
    query = world.start()
    world.answer = answer
    world.clock.forward(minutes=1)
    world.reconciler.step()
    row, _ = world.query(query.id)
    assert row.status == "processing" and row.error_kind in {"unreachable", "broken"}
    assert row.next_check_at is not None and row.next_check_at > world.clock.now


def test_a_request_that_upstream_forgot_fails_at_last(world: World) -> None:
    world.answer = PROCESSING
    query = world.start()
    world.answer = lambda _: httpx.Response(404, json={"title": "NotFoundError"})
    for _ in range(4):
        world.clock.forward(hours=1)
        world.reconciler.step()
    row, _ = world.query(query.id)
    assert (row.status, row.error_kind, row.next_check_at) == ("failed", "not_found", None)


def test_two_reconcilers_ask_once(world: World) -> None:
    world.answer = PROCESSING
    world.start()
    world.clock.forward(minutes=1)
    other = Reconciler(world.store, world.client, world.clock)
    threads = [threading.Thread(target=one.step) for one in (world.reconciler, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.method for one in world.requests].count("GET") == 1


def test_an_end_seen_by_webhooks_is_confirmed_by_a_call(world: World) -> None:
    world.answer = PROCESSING
    query = world.start()
    world.hear("m-1")
    world.hear("m-2", "lab")
    assert world.query(query.id)[0].status == "completed"
    # A second provider of the same type still runs: only upstream knows.
    world.clock.forward(seconds=3)
    world.reconciler.step()
    assert world.query(query.id)[0].status == "processing"
    world.hear("m-3", "lab", source="second", completedAt="2026-09-14T15:40:00.000Z")
    world.answer = answers("completed", hie="completed", lab="completed")
    world.clock.forward(minutes=1)
    world.reconciler.step()
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


def test_a_message_is_interpreted_by_whoever_comes_next(world: World) -> None:
    body = b'{"meta": {"messageId": "m", "type": "ping"}, "ping": "x"}'
    assert world.webhooks.receive(body, sign("hook", body)).pong == "x"
    later = Webhooks(world.store, Vault(["new", "k"]), "hook", world.clock)
    assert later.interpret_waiting() == 1
    assert later.interpret_waiting() == 0


def test_two_interpreters_interpret_once(world: World) -> None:
    for number in range(20):
        body = json.dumps({"meta": {"messageId": f"m{number}", "type": "x"}}).encode()
        world.webhooks.receive(body, sign("hook", body))
    other = Webhooks(world.store, Vault(["k"]), "hook", world.clock)
    threads = [threading.Thread(target=one.interpret_waiting) for one in (world.webhooks, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.store.read() as session:
        events = session.exec(select(WebhookEvent)).all()
    assert {(one.status, one.attempts) for one in events} == {("ignored", 1)}


def test_rubbish_cannot_fill_the_log(world: World) -> None:
    for _ in range(520):
        world.webhooks.receive(b"x", None)
    with world.store.read() as session:
        assert len(session.exec(select(WebhookEvent)).all()) == 500


def test_records_are_followed_and_counted(world: World) -> None:
    started = {"requestId": "c-1", "status": "processing"}
    world.answer = lambda _: httpx.Response(200, json=started)
    row = world.records.fetch(SUPPORT, PATIENT)
    assert (row.status, row.request_id) == ("processing", "c-1")
    patients = [{"patientId": PATIENT, "status": "completed"}]
    meta = {"messageId": "m", "requestId": "c-1", "type": "medical.consolidated-data"}
    body = json.dumps({"meta": meta, "patients": patients}).encode()
    world.webhooks.receive(body, sign("hook", body))
    world.webhooks.interpret_waiting()
    counts = {"total": 3, "resources": {"Condition": 3}}
    world.answer = lambda _: httpx.Response(200, json=counts)
    world.reconciler.step()
    (counted,) = world.records.of_patient(SUPPORT, PATIENT)
    assert (counted.status, counted.resource_counts) == ("completed", {"Condition": 3})
    assert counted.next_check_at is None


def test_nobody_is_in_the_log_after_a_search_a_look_and_a_create(world: World) -> None:
    person = {"id": PATIENT, "firstName": "Markerella", "lastName": "Namewise"}

    def answer(request: httpx.Request) -> httpx.Response:
        listed = request.method == "GET" and request.url.path.endswith("/patient")
        return httpx.Response(200, json={"patients": [person]} if listed else person)

    world.answer = answer
    world.patients.search(SUPPORT, "Markerella 1950-01-31")
    world.patients.open(SUPPORT, PATIENT)
    form = PatientForm(
        "Markerella", "Namewise", "1950-01-31", "F", "1 Markway", "", "Marktown", "OR", "97403",
        facility_id="f",
    )  # fmt: skip
    world.patients.match(SUPPORT, form)
    world.patients.create(SUPPORT, form)
    with world.store.read() as session:
        rows = [*session.exec(select(AuditEvent)).all(), *session.exec(select(UpstreamCall)).all()]
    written = " ".join(str(row.model_dump()) for row in rows)
    assert "Mark" not in written and "1950-01-31" not in written
    assert [row.action for row in rows if isinstance(row, AuditEvent)] == [
        "patient.search",
        "patient.view",
        "patient.match",
        "patients.create",
        "patients.create",
    ]


def test_pages_of_the_log_follow_each_other_without_gap_or_overlap(world: World) -> None:
    world.answer = lambda _: httpx.Response(400, json={"title": "Bad"})
    made = []
    for _ in range(103):
        world.clock.forward(seconds=1)
        made.append(world.start().id)
    seen, before = [], None
    while True:
        page = world.queries.search(SUPPORT, QueryFilters(), before)
        seen += [row.query.id for row in page.rows]
        before = page.older
        if before is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        (QueryFilters(statuses=("completed",)), 1),
        (QueryFilters(statuses=("failed",)), 0),
        (QueryFilters(purposes=("treatment",)), 1),
        (QueryFilters(purposes=("ias",)), 0),
        (QueryFilters(source="lab"), 1),
        (QueryFilters(source="lab", source_status="failed"), 0),
        (QueryFilters(source_status="completed"), 1),
        (QueryFilters(facility_id="f-1"), 1),
        (QueryFilters(facility_id="f-2"), 0),
        (QueryFilters(started_by=SUPPORT.name), 1),
        (QueryFilters(origin="external"), 0),
        (QueryFilters(patient_id=PATIENT), 1),
        (QueryFilters(patient_id="'; DROP TABLE network_query; --"), 0),
        (QueryFilters(error="slow down"), 0),
        (QueryFilters(since=FakeClock().now), 1),
        (QueryFilters(until=FakeClock().now), 0),
    ],
)
def test_each_filter_narrows(world: World, filters: QueryFilters, hits: int) -> None:
    world.answer = answers("completed", hie="completed", lab="completed")
    world.start()
    assert len(world.queries.search(SUPPORT, filters).rows) == hits


def test_outcomes_are_read_from_the_log(world: World) -> None:
    world.answer = answers("completed", hie="completed", lab="failed")
    world.start()
    now = world.clock.now
    world.clock.forward(hours=1)
    facts = Outcomes(world.store, world.audit).facts(SUPPORT, now, world.clock.now)
    assert headline(facts.queries).queries == 1
    assert sorted(facts.sources["status"]) == ["completed", "failed"]
    assert Outcomes(world.store, world.audit).facts(SUPPORT, world.clock.now, now).queries.empty


def test_what_is_not_in_the_log_is_said_to_be(world: World) -> None:
    with pytest.raises(NotInLog):
        world.queries.open(SUPPORT, "nothing")
