"""A replay interprets a message again, and changes nothing that it has said before."""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.errors import NotInLog, NotPermitted
from services.queries.status import FAILED, UNCONFIRMED
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery, WebhookEvent
from services.vault import Vault
from services.webhooks.filters import WebhookFilters
from services.webhooks.interpreter import WebhookInterpreter
from tests.clock import FakeClock
from tests.staff_members import STAFF
from tests.world import PATIENT, World, answers

ADMIN, SUPPORT = STAFF[Role.ADMIN], STAFF[Role.SUPPORT]


class Replaying(World):
    """A world whose messages are replayed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answer = answers("processing", hie="processing", lab="processing")

    def message(self, message_id: str) -> WebhookEvent:
        with self.store.read() as session:
            wanted = select(WebhookEvent).where(WebhookEvent.message_id == message_id)
            return session.exec(wanted).one()

    def replay(self, message_id: str, times: int) -> None:
        for _ in range(times):
            self.clock.forward(minutes=7)
            assert self.replays.replay(ADMIN, self.message(message_id).id) == 1
            self.interpreter.interpret_waiting()

    def picture(self, query_id: str) -> tuple[dict[str, Any], dict[str, str]]:
        query, sources = self.query(query_id)
        return query.model_dump(), sources


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Replaying:
    return Replaying(store, clock)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"completedAt": None},
        {"status": "failed"},
        {"status": "processing", "completedAt": None, "firstDataReadyAt": "2026-09-14T15:30:30Z"},
        {"source": "national-hie"},
    ],
    ids=["completed", "without a time", "failed", "first data", "provider"],
)
@pytest.mark.parametrize("others_ended", [False, True])
def test_two_hundred_replays_change_nothing(
    desk: Replaying, message: dict[str, Any], others_ended: bool
) -> None:
    query = desk.start()
    if others_ended:
        desk.hear("m-lab", "lab")
    desk.hear("m-1", **message)
    before, asked = desk.picture(query.id), len(desk.requests)
    desk.replay("m-1", 200)
    assert desk.picture(query.id) == before
    after = desk.message("m-1")
    assert (after.replays, after.status, after.deliveries) == (200, "processed", 1)
    assert len(desk.requests) == asked


def test_a_replay_does_not_bring_back_a_query_that_upstream_forgot(desk: Replaying) -> None:
    query = desk.start()
    desk.hear("m-1", status="processing", completedAt=None)
    with desk.store.write() as session:
        row = session.get_one(NetworkQuery, query.id)
        row.status, row.error_kind, row.error_detail = FAILED, "not_found", "no such query"
        row.next_check_at = None
        session.add(row)
    before = desk.picture(query.id)
    desk.replay("m-1", 3)
    assert desk.picture(query.id) == before


def test_an_old_failure_does_not_end_a_newer_attempt(desk: Replaying) -> None:
    query = desk.start()
    desk.hear("m-1", "lab", status="failed", source="quest")
    rows = [
        {"type": "hie", "status": "processing", "startedAt": "2026-09-14T15:30:00Z"},
        {"type": "lab", "status": "failed", "startedAt": "2026-09-14T15:30:00Z",
         "completedAt": "2026-09-14T15:31:00Z"},
        {"type": "lab", "status": "processing", "startedAt": "2026-09-14T15:32:00Z"},
    ]  # fmt: skip
    body = {"requestId": "r-1", "status": "processing", "sources": rows}
    desk.answer = lambda _: httpx.Response(200, json=body)
    desk.clock.forward(minutes=5)
    desk.reconciler.step()
    before = desk.picture(query.id)
    assert before[0]["status"] == "processing"
    desk.replay("m-1", 2)
    assert desk.picture(query.id) == before


def test_what_upstream_says_at_last_takes_back_what_went_wrong_with_asking(
    desk: Replaying,
) -> None:
    query = desk.start()
    desk.answer = lambda _: httpx.Response(404, json={"status": 404, "title": "NotFoundError"})
    desk.clock.forward(minutes=1)
    desk.reconciler.step()
    assert desk.query(query.id)[0].error_kind == "not_found"
    desk.answer = answers("failed", hie="failed", lab="failed")
    desk.clock.forward(minutes=1)
    desk.reconciler.step()
    after = desk.query(query.id)[0]
    assert (after.status, after.error_kind, after.error_detail) == ("failed", None, None)


def test_nothing_ended_before_it_was_known(desk: Replaying) -> None:
    """Upstream's clock runs ahead of ours."""
    query = desk.start()
    for kind in ("hie", "lab"):
        desk.hear(f"m-{kind}", kind, completedAt="2026-09-14T15:30:20Z")
    finished_at = desk.query(query.id)[0].finished_at
    assert finished_at == desk.clock.now


def test_news_that_settle_an_unconfirmed_query_are_news(desk: Replaying) -> None:
    desk.answer = lambda _: httpx.Response(502)
    query = desk.start()
    assert query.status == UNCONFIRMED
    data = {"accessDeskQueryId": query.id}
    desk.hear("m-1", status="processing", completedAt=None, data=data)
    assert desk.query(query.id)[0].status == "processing"


def test_a_message_whose_person_is_gone_upstream_is_replayed_all_the_same(desk: Replaying) -> None:
    query = desk.start()
    desk.hear("m-1")
    desk.answer = lambda _: httpx.Response(404, json={"status": 404, "title": "NotFoundError"})
    before = desk.picture(query.id)
    desk.replay("m-1", 1)
    assert desk.message("m-1").status == "processed"
    assert desk.picture(query.id) == before


def test_a_message_is_replayed_while_it_is_interpreted(desk: Replaying) -> None:
    """SQLite lets the interpretation end first; PostgreSQL says that the message is in line."""
    query = desk.start()
    desk.hear("m-0", "lab")
    begun, going_on = Event(), Event()

    def slow_clock() -> datetime:
        begun.set()
        assert going_on.wait(10)
        return desk.clock.now

    slow = WebhookInterpreter(desk.store, Vault(["k"]), slow_clock)
    with desk.store.write() as session:
        row = session.exec(select(WebhookEvent)).one()
        row.status = "received"
        session.add(row)
    interpreting = Thread(target=slow.interpret_waiting)
    interpreting.start()
    assert begun.wait(10)
    replayed: list[int] = []
    replaying = Thread(target=lambda: replayed.append(desk.replays.replay(ADMIN, row.id)))
    replaying.start()
    replaying.join(0.3)
    going_on.set()
    interpreting.join(10)
    replaying.join(10)
    desk.interpreter.interpret_waiting()
    after = desk.message("m-0")
    assert after.status == "processed" and after.replays == replayed[0] <= 1
    assert desk.query(query.id)[1]["lab"] == "completed"


def test_a_message_in_line_is_not_put_there_twice(desk: Replaying) -> None:
    desk.start()
    desk.hear("m-1")
    event_id = desk.message("m-1").id
    assert [desk.replays.replay(ADMIN, event_id) for _ in range(3)] == [1, 0, 0]
    assert desk.message("m-1").replays == 1


def test_each_replay_says_whose_message_it_was(desk: Replaying) -> None:
    desk.start()
    desk.hear("m-1")
    event_id = desk.message("m-1").id
    desk.replays.replay(ADMIN, event_id)
    desk.replays.replay_all(ADMIN, WebhookFilters(about="m-1"))
    with desk.store.read() as session:
        *_, one, selection = session.exec(select(AuditEvent)).all()
    assert (one.action, one.patient_id, one.object_id) == ("webhooks.replay", PATIENT, event_id)
    assert selection.details == {"about": "m-1", "messages": 0}


@pytest.mark.parametrize(
    "attempt",
    [
        lambda desk: desk.replays.replay(SUPPORT, "nobody"),
        lambda desk: desk.replays.replay_all(SUPPORT, WebhookFilters()),
        lambda desk: desk.replays.count(SUPPORT, WebhookFilters()),
        lambda desk: desk.inbox.body(SUPPORT, "nobody", "Audit"),
    ],
)
def test_who_may_not_replay_is_noted(
    desk: Replaying, attempt: Callable[[Replaying], object]
) -> None:
    with pytest.raises(NotPermitted):
        attempt(desk)
    with desk.store.read() as session:
        (denied,) = session.exec(select(AuditEvent)).all()
    assert denied.outcome == "denied"


def test_an_unknown_message_is_said_to_be(desk: Replaying) -> None:
    with pytest.raises(NotInLog):
        desk.replays.replay(ADMIN, "nobody")
