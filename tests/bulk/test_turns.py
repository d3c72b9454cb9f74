"""Whose turn it is in bulk runs, with two machines at work and with rows that cannot be read."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlmodel import select

from services.bulk.runs import FINISHED, RUNNING, STOPPED
from services.bulk.starts import BulkStarts
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.store import Duplicate, Store
from services.store.tables import BulkItem, BulkRun, NetworkQuery
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, REQUEST, SUPPORT, World, raises

OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"
OUTAGE = raises(httpx.ConnectError("down"))


class TwoMachines(World):
    """A world in which the second machine is slow: it has read a turn when the first one acts."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first = self.bulk_starts
        self.numbers = iter(range(1000))
        self.answer = self.started

    def started(self, _: httpx.Request) -> httpx.Response:
        body = {"requestId": f"r-{next(self.numbers)}", "status": "processing", "sources": []}
        return httpx.Response(200, json=body)

    def second(self, meanwhile: Callable[[], object]) -> BulkStarts:
        """A worker during whose start something else happens first."""
        starts = self.query_starts

        class SlowStarts:
            def start(self, *arguments: object) -> NetworkQuery:
                meanwhile()
                return starts.start(*arguments)

        return BulkStarts(self.store, SlowStarts(), self.rate_budgets, self.clock)

    def begin(self, *ids: str) -> str:
        run_id = self.bulk.new_id()
        self.bulk.begin(SUPPORT, run_id, ids, REQUEST)
        return run_id

    def run(self, run_id: str) -> BulkRun:
        (progress,) = self.bulk.runs(SUPPORT, run_id)
        return progress.run

    def statuses(self, run_id: str) -> list[str]:
        return [result.item.status for result in self.bulk.results(SUPPORT, run_id)]


@pytest.fixture
def world(store: Store, clock: FakeClock) -> TwoMachines:
    return TwoMachines(store, clock)


def test_two_machines_count_one_outage_once(world: TwoMachines) -> None:
    run_id = world.begin(PATIENT)
    world.answer = OUTAGE
    assert world.second(world.first.step).step() == 0
    assert world.run(run_id).setbacks == 1
    assert len(world.requests) == 1
    # The turn goes on with the one query that the first setback gave it.
    world.clock.forward(seconds=61)
    world.answer = world.started
    assert world.first.step() == 1
    assert world.run(run_id).status == FINISHED


def test_five_outages_stop_a_run_however_many_machines_see_them(world: TwoMachines) -> None:
    run_id = world.begin(PATIENT)
    world.answer = OUTAGE
    for setbacks in range(1, 5):
        world.second(world.first.step).step()
        assert (world.run(run_id).status, world.run(run_id).setbacks) == (RUNNING, setbacks)
        world.clock.forward(seconds=61)
    world.second(world.first.step).step()
    assert world.run(run_id).status == STOPPED


def test_a_late_machine_undoes_no_pause(world: TwoMachines) -> None:
    """It has read the first person's turn; the other starts them, and then meets an outage."""
    run_id = world.begin(PATIENT, OTHER)

    def go_on() -> None:
        assert world.first.step() == 1
        world.answer = OUTAGE
        assert world.first.step() == 0

    world.second(go_on).step()
    run = world.run(run_id)
    assert run.setbacks == 1 and run.not_before is not None
    assert world.statuses(run_id) == ["started", "waiting"]


def test_a_late_machine_finishes_nothing_twice(world: TwoMachines) -> None:
    run_id = world.begin(PATIENT)

    def go_on() -> None:
        world.first.step()
        world.clock.forward(hours=1)

    world.second(go_on).step()
    run = world.run(run_id)
    assert run.status == FINISHED
    assert run.finished_at == datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
    assert len(world.requests) == 1


def test_the_newest_run_is_the_one_begun_last(world: TwoMachines) -> None:
    """Its id was made when its list was checked, perhaps before that of another."""
    early_id = world.bulk.new_id()
    world.clock.forward(minutes=1)
    first = world.begin(PATIENT)
    world.clock.forward(minutes=1)
    world.bulk.begin(SUPPORT, early_id, [OTHER], REQUEST)
    assert [progress.run.id for progress in world.bulk.runs(SUPPORT)] == [early_id, first]
    assert world.first.step() == 1
    assert (world.run(first).status, world.run(early_id).status) == (FINISHED, RUNNING)


@pytest.mark.parametrize("damage", [{"role": "wizard"}, {"sources": {"hie": "perhaps"}}])
def test_a_run_that_cannot_be_read_stops_and_no_other(
    world: TwoMachines, damage: dict[str, object]
) -> None:
    broken = world.begin(PATIENT)
    with world.store.write() as session:
        run = session.get_one(BulkRun, broken)
        for name, value in damage.items():
            setattr(run, name, value)
        session.add(run)
    world.clock.forward(seconds=1)
    good = world.begin(OTHER)
    assert [world.first.step() for _ in range(3)] == [1, 1, 0]
    assert world.run(good).status == FINISHED
    stopped = world.run(broken)
    assert stopped.status == STOPPED and stopped.stop_reason
    assert world.statuses(broken) == ["waiting"]


def test_a_fault_at_one_person_costs_nobody_else_their_turn(world: TwoMachines) -> None:
    run_id = world.begin(PATIENT, OTHER)

    def fail() -> None:
        raise RuntimeError("Jane Smith")

    assert world.second(fail).step() == 1
    assert world.first.step() == 1
    assert world.statuses(run_id) == ["failed", "started"]
    (failed, _) = world.bulk.results(SUPPORT, run_id)
    assert failed.item.error == "An error of Access Desk (RuntimeError)."


def test_only_the_same_run_counts_as_begun_already(
    world: TwoMachines, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = world.begin(PATIENT)
    world.bulk.begin(SUPPORT, run_id, [PATIENT], REQUEST)
    with world.store.read() as session:
        taken = session.exec(select(BulkItem.query_id)).one()
    monkeypatch.setattr("services.bulk.runs.new_id", lambda _: taken)
    with pytest.raises(Duplicate):
        world.bulk.begin(SUPPORT, "another", [OTHER], REQUEST)
    assert len(world.bulk.runs(SUPPORT)) == 1


def test_no_run_is_scanned(sqlite_store: Store, clock: FakeClock) -> None:
    world = TwoMachines(sqlite_store, clock)
    request = TreatmentRequest(PATIENT, "f-1", Sources(lab=True), REASONS[0])
    world.bulk.begin(SUPPORT, "run", [PATIENT, OTHER], request)
    work = plans_of(sqlite_store, world.first.step)
    assert any("ix_bulk_run_status" in step for step in work)
    assert any("ix_bulk_item_run_id_status_id" in step for step in work)
    assert_no_scan([step for step in work if "bulk" in step])
    assert_no_scan(plans_of(sqlite_store, lambda: world.bulk.results(SUPPORT, "run", 100)))


def test_the_list_of_runs_is_read_in_the_order_of_its_index(
    sqlite_store: Store, clock: FakeClock
) -> None:
    world = TwoMachines(sqlite_store, clock)
    world.begin(PATIENT)
    newest, *counts = plans_of(sqlite_store, lambda: world.bulk.runs(SUPPORT))
    # A walk from the newest on, which ends after twenty.
    assert newest == "SCAN bulk_run USING INDEX ix_bulk_run_created_at"
    assert any("ix_bulk_item_run_id_status_id" in step for step in counts)
