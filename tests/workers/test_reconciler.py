"""Open queries are asked about by whoever comes first, and no row stops the others."""

from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.store import Store
from services.store.tables import NetworkQuery, RecordRequest
from services.workers.reconciler import Reconciler
from tests.clock import FakeClock
from tests.world import PATIENT, SUPPORT, World

RUNNING = [{"type": "hie", "status": "processing"}]


class Busy(World):
    """A world whose starts succeed, each with a request of its own; `reading` answers the rest."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked: Counter[str] = Counter()
        self.reading: Any = lambda request_id: {"status": "processing", "sources": RUNNING}
        self.answer = self._respond

    def _respond(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request_id, body = f"r-{len(self.requests)}", {"status": "processing"}
            body["sources"] = RUNNING  # type: ignore[assignment]
        else:
            request_id = request.url.path.rsplit("/")[-1]
            self.asked[request_id] += 1
            body = self.reading(request_id)
        return httpx.Response(200, json={"requestId": request_id} | body)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> Busy:
    return Busy(store, clock)


def test_silence_is_bounded(world: Busy) -> None:
    def silent(_: str) -> None:
        world.clock.forward(seconds=8)
        raise httpx.ReadTimeout("slow")

    for _ in range(20):
        world.start()
    world.reading = silent
    world.clock.forward(minutes=5)
    began = world.clock()
    assert world.reconciler.step() == 1
    assert world.clock() - began <= timedelta(seconds=30)


def test_a_claim_outlasts_its_check(world: Busy) -> None:
    def slow(request_id: str) -> dict[str, Any]:
        if sum(world.asked.values()) == 1:
            world.clock.forward(minutes=3)
            other.step()
        return {"status": "processing", "sources": RUNNING}

    other = Reconciler(world.store, world.client, world.clock)
    for _ in range(10):
        world.start()
    world.reading = slow
    world.clock.forward(minutes=1)
    world.reconciler.step()
    assert sum(world.asked.values()) <= 11
    assert len(world.asked) == 10


@pytest.mark.parametrize(
    "bad",
    [
        {"errors": [{"source": "lab", "httpStatus": 10**20, "message": "?"}]},
        {"startedAt": "0001-01-01T00:00:00+14:00"},
        {
            "sources": [
                {"type": "hie", "status": "completed", "completedAt": "9999-12-31T23:59:59Z"}
            ]
        },
        {"status": {"a": 1}, "sources": "?"},
    ],
)
def test_one_bad_row_stops_nobody(world: Busy, bad: dict[str, Any]) -> None:
    for _ in range(3):
        world.start()
        world.clock.forward(seconds=1)
    good = {"status": "completed", "sources": [{"type": "hie", "status": "completed"}]}
    world.reading = lambda request_id: good | bad if request_id == "r-1" else good
    world.clock.forward(minutes=3)
    world.reconciler.step()
    assert set(world.asked) == {"r-1", "r-2", "r-3"}


def test_a_fault_of_ours_is_kept_at_its_row(
    world: Busy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    query = world.start()
    world.start()

    def fail(*_: object) -> None:
        raise RuntimeError("Jane Smith")

    with monkeypatch.context() as patched:
        patched.setattr("services.workers.reconciler.apply_reading", fail)
        world.clock.forward(minutes=1)
        assert world.reconciler.step() == 2
    row = world.query(query.id)[0]
    assert row.error_kind == "unreadable" and row.next_check_at is not None
    assert row.next_check_at > world.clock.now + timedelta(minutes=30)
    assert "Jane" not in caplog.text


def test_a_completed_record_request_stays_completed(world: Busy) -> None:
    body = {"requestId": "c-1", "status": "processing"}
    world.answer = lambda _: httpx.Response(200, json=body)
    row = world.records.fetch(SUPPORT, PATIENT)
    with world.store.write() as session:
        stored = session.get_one(RecordRequest, row.id)
        stored.status, stored.next_check_at = "completed", world.clock.now
        session.add(stored)
    world.answer = lambda _: httpx.Response(404, json={"status": 404, "title": "NotFoundError"})
    for _ in range(6):
        world.clock.forward(hours=1)
        world.reconciler.step()
    with world.store.read() as session:
        after = session.get_one(RecordRequest, row.id)
        assert (after.status, after.next_check_at) == ("completed", None)
        assert session.get(NetworkQuery, row.id) is None
