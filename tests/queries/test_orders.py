"""What upstream says of a query in any order: what is known is never undone by what is older."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.queries.updates import QUERY_ID_KEY
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource
from tests.clock import FakeClock
from tests.world import ENDED, PATIENT, SUPPORT, World, answers

PHARMACY = TreatmentRequest(PATIENT, "f", Sources(pharmacy=True, realtime=True), REASONS[0])
NOT_FOUND = {"status": 404, "name": "NOT_FOUND", "title": "NotFoundError", "detail": "no such"}


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    return World(store, clock, answers("processing", hie="processing", lab="processing"))


def _answer(*sources: dict[str, Any], status: str = "processing", **more: Any) -> Any:
    body = {"requestId": "r-1", "status": status, "sources": list(sources)} | more
    return lambda _: httpx.Response(200, json=body)


def _rows(world: World, query_id: str) -> list[QuerySource]:
    with world.store.read() as session:
        wanted = select(QuerySource).where(QuerySource.query_id == query_id)
        return list(session.exec(wanted).all())


def _queries(world: World) -> list[NetworkQuery]:
    with world.store.read() as session:
        return list(session.exec(select(NetworkQuery)).all())


def test_a_404_does_not_undo_completed(world: World) -> None:
    query = world.start()
    world.hear("m1", "hie")
    world.hear("m2", "lab")
    world.answer = lambda _: httpx.Response(404, json=NOT_FOUND)
    for _ in range(6):
        world.clock.forward(minutes=20)
        world.reconciler.step()
    row, sources = world.query(query.id)
    assert (row.status, row.error_kind, row.next_check_at) == ("completed", None, None)
    assert sources == {"hie": "completed", "lab": "completed"}


def test_a_processing_answer_does_not_undo_completed(world: World) -> None:
    query = world.start()
    world.hear("m1", "hie")
    world.hear("m2", "lab")
    for _ in range(30):
        world.clock.forward(minutes=20)
        world.reconciler.step()
        assert world.query(query.id)[0].status == "completed"
    assert world.query(query.id)[0].next_check_at is None


def test_a_webhook_may_tell_more_after_upstreams_last_word(world: World) -> None:
    query = world.start()
    world.answer = answers("completed", hie="completed", lab="completed")
    world.clock.forward(minutes=1)
    world.reconciler.step()
    assert world.query(query.id)[0].status == "completed"
    late = (world.clock.now + timedelta(minutes=1)).isoformat()
    world.hear("m1", "lab", source="quest", status="failed", completedAt=late)
    row = world.query(query.id)[0]
    assert row.status == "partial" and row.next_check_at is not None


MESSAGES = {
    "ok": {"source": "surescripts", "status": "completed"},
    "bad": {"source": "surescripts-realtime-pulls", "status": "failed"},
    "again": {"source": "surescripts", "status": "completed"},
}


@pytest.mark.parametrize("order", list(permutations(MESSAGES)), ids="-".join)
def test_providers_of_a_type_end_alike_in_every_order(world: World, order: tuple[str, ...]) -> None:
    world.answer = _answer({"type": "pharmacy", "status": "processing"})
    query = world.query_starts.start(SUPPORT, world.query_starts.new_id(), PHARMACY)
    for name in order:
        world.hear(f"m-{name}", "pharmacy", **MESSAGES[name])
    rows = {(row.specific_source, row.attempt, row.status) for row in _rows(world, query.id)}
    assert rows == {
        ("surescripts", 1, "completed"),
        ("surescripts-realtime-pulls", 1, "failed"),
    }
    assert world.query(query.id)[0].status == "partial"


def test_a_sum_over_providers_makes_no_row_of_its_own(world: World) -> None:
    world.answer = _answer({"type": "pharmacy", "status": "processing"})
    query = world.query_starts.start(SUPPORT, world.query_starts.new_id(), PHARMACY)
    world.hear("m-1", "pharmacy", **MESSAGES["ok"])
    world.hear("m-2", "pharmacy", **MESSAGES["bad"])
    world.answer = _answer({"type": "pharmacy", "status": "completed"}, status="partial")
    world.clock.forward(minutes=1)
    world.reconciler.step()
    assert len(_rows(world, query.id)) == 2
    row = world.query(query.id)[0]
    assert (row.status, row.next_check_at) == ("partial", None)


def test_partial_is_legal_where_every_type_completed(world: World) -> None:
    query = world.start()
    world.answer = answers("partial", hie="completed", lab="completed")
    world.clock.forward(minutes=1)
    world.reconciler.step()
    row, sources = world.query(query.id)
    assert row.status == "partial"
    assert set(sources.values()) == {"completed"}


@pytest.mark.parametrize("says_whose", [False, True])
def test_a_webhook_before_the_answer_makes_no_second_query(world: World, says_whose: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        own_id = json.loads(request.content)["metadata"][QUERY_ID_KEY]
        world.hear("m1", "hie", data={QUERY_ID_KEY: own_id} if says_whose else None)
        return answers("processing", hie="processing", lab="processing")(request)

    world.answer = answer
    query = world.start()
    assert (query.request_id, query.origin, query.status) == ("r-1", "dashboard", "processing")
    assert len(_queries(world)) == 1
    assert world.query(query.id)[1] == {"hie": "completed", "lab": "processing"}
    world.hear("m2", "lab")
    assert world.query(query.id)[0].status == "completed"


def test_an_answer_with_the_request_of_another_start_is_unconfirmed(world: World) -> None:
    first = world.start()
    second = world.start()
    assert (first.request_id, second.request_id) == ("r-1", None)
    assert (second.status, second.error_kind) == ("unconfirmed", "broken")


@pytest.mark.parametrize(
    "odd",
    [
        {"startedAt": "0001-01-01T00:00:00+14:00"},
        {"errors": [{"source": "lab", "httpStatus": 10**20, "message": "\x00\ud800"}]},
        {"errors": ["odd"], "sources": None},
        {"sources": [{"type": "hie", "status": 5}, None, "x", {"status": "completed"}]},
        {"sources": [{"type": "x" * 500, "status": "y" * 500, "source": "z" * 500}]},
        {"status": None},
        {"status": ["completed"], "requestId": 17},
    ],
)
def test_a_start_answered_oddly_has_started(world: World, odd: dict[str, Any]) -> None:
    body = {"requestId": "r-1", "status": "processing", "startedAt": ENDED} | odd
    # httpx would write a lone surrogate as it is; other writers of JSON escape it.
    world.answer = lambda _: httpx.Response(200, content=json.dumps(body))
    query = world.start()
    assert query.request_id == str(body["requestId"])
    assert query.status in {"processing", "failed"}
    assert query.next_check_at is not None


def test_what_could_not_be_read_is_kept_as_text(world: World) -> None:
    world.answer = _answer(startedAt="0001-01-01T00:00:00+14:00")
    query = world.start()
    assert query.started_at is None
    assert query.unreadable == 'started_at: "0001-01-01T00:00:00+14:00"'
