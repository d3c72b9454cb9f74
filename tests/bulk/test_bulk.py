"""Bulk runs: what a list may look like, and how a run is paced, stopped and taken up again."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from services.bootstrap import Desk
from services.bulk.lists import MOST_LINES, decoded, parse_list
from services.bulk.runs import Bulk, BulkProgress
from services.bulk.starts import BulkStarts
from services.calls.call_log import CallLog
from services.errors import InvalidInput, LogUnavailable, NotPermitted
from services.ids import new_id
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from services.staff.sign_in import SANDBOX_STAFF
from services.store import Store
from services.store.tables import AuditEvent, BulkItem, NetworkQuery
from tests.clock import FakeClock
from tests.waiting import until
from tests.world import PATIENT, World, raises

SUPPORT = SANDBOX_STAFF[Role.SUPPORT]
A, B = PATIENT, "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"


@pytest.mark.parametrize(
    ("text", "ids", "duplicates", "wrong"),
    [
        ("", (), 0, ()),
        (f"{A}\n{B}", (A, B), 0, ()),
        (f"\ufeff{A}\r\n\r\n  {B}  \r\n", (A, B), 0, ()),
        (f"{A}\n{A.upper()}\n{B}\n{A}", (A, B), 2, ()),
        (f"patient id\n{A}", (A,), 0, ()),
        (f"{A}\nJane Smith\n{B}\nx1", (A, B), 0, (2, 4)),
        (f"{A},Jane,Smith\n{B},Chris,Smith", (A, B), 0, ()),
        (f'"{A}";"x;y"\n{B}\tz', (A, B), 0, ()),
        (f"\x00{A}\n,,,\n\t\n", (A,), 0, ()),
        ('"', (), 0, ()),
    ],
)
def test_a_list_is_read(
    text: str, ids: tuple[str, ...], duplicates: int, wrong: tuple[int, ...]
) -> None:
    found = parse_list(text)
    assert (found.ids, found.duplicates, found.wrong) == (ids, duplicates, wrong)


def test_ten_thousand_lines_are_read_and_no_more() -> None:
    many = "\n".join(f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(MOST_LINES))
    assert len(parse_list(many).ids) == MOST_LINES
    with pytest.raises(InvalidInput):
        parse_list(many + "\nx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_spreadsheets_are_read(encoding: str) -> None:
    assert parse_list(decoded(f"Núñez\r\n{A}\r\n".encode(encoding))).ids == (A,)


@given(st.text())
def test_any_list_is_read(text: str) -> None:
    assert parse_list(text).wrong_lines >= 0


@given(st.binary())
def test_any_file_is_text(raw: bytes) -> None:
    assert isinstance(decoded(raw), str)


class Desks(World):
    """A world with bulk runs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        calls = CallLog(self.store, self.audit, self.clock)
        self.bulk = Bulk(self.store, self.client, self.audit, self.clock)
        self.starts = BulkStarts(self.store, self.query_starts, calls, self.clock)

    def begin(self, number: int) -> str:
        ids = [f"0191b878-d0c4-7d82-8960-{one:012}" for one in range(number)]
        request = TreatmentRequest(ids[0], "f", Sources(lab=True), REASONS[0])
        run_id = self.bulk.new_id()
        self.bulk.begin(SUPPORT, run_id, ids, request)
        return run_id

    def work(self) -> int:
        """Everything that can be done now."""
        done = 0
        while self.starts.step():
            done += 1
        return done

    def progress(self) -> BulkProgress:
        return self.bulk.runs(SUPPORT)[0]


@pytest.fixture
def desks(store: Store, clock: FakeClock) -> Desks:
    made = Desks(store, clock)
    numbers = iter(range(1000))

    def unique(_: httpx.Request) -> httpx.Response:
        body = {"requestId": f"r-{next(numbers)}", "status": "processing", "sources": []}
        return httpx.Response(200, json=body)

    made.answer = unique
    return made


def test_a_run_keeps_to_the_limit_and_leaves_room_for_people(desks: Desks) -> None:
    desks.begin(40)
    assert desks.work() == 18
    desks.clock.forward(seconds=59)
    assert desks.work() == 0
    desks.clock.forward(seconds=2)
    assert desks.work() == 18
    desks.clock.forward(minutes=2)
    assert desks.work() == 4
    found = desks.progress()
    assert (found.run.status, found.started, found.failed) == ("finished", 40, 0)
    assert len(desks.requests) == 40


def test_a_run_is_stopped_and_taken_up_again(desks: Desks) -> None:
    run = desks.begin(5)
    desks.starts.step()
    desks.bulk.stop(SUPPORT, run)
    assert desks.work() == 0
    desks.bulk.resume(SUPPORT, run)
    assert desks.work() == 4
    desks.bulk.resume(SUPPORT, run)
    assert desks.progress().run.status == "finished"


def test_a_restart_starts_nothing_twice(desks: Desks) -> None:
    """The process dies after the query was started and before its item was marked."""
    desks.begin(3)
    desks.starts.step()
    with desks.store.write() as session:
        item = session.get_one(BulkItem, 1)
        item.status = "waiting"
        session.add(item)
    again = Desks(desks.store, desks.clock)
    again.answer = desks.answer
    assert again.work() == 3
    assert len(desks.requests) + len(again.requests) == 3
    assert {one.item.status for one in again.bulk.results(SUPPORT, again.progress().run.id)} == {
        "started"
    }


def test_a_person_who_cannot_be_queried_does_not_stop_the_others(desks: Desks) -> None:
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    desks.bulk.begin(SUPPORT, "r-1", ["not an id", B], request)
    desks.work()
    found = desks.progress()
    assert (found.run.status, found.started, found.failed) == ("finished", 1, 1)
    results = desks.bulk.export(SUPPORT, found.run.id)
    assert [bool(one.item.error) for one in results] == [True, False]
    assert results[0].query is None and results[1].query is not None


def gateway(_: httpx.Request) -> httpx.Response:
    return httpx.Response(403, json={"message": "Forbidden"})


def limited(_: httpx.Request) -> httpx.Response:
    return httpx.Response(429, json={"status": 429, "title": "X", "detail": "slow down"})


def test_an_outage_costs_nobody_their_turn(desks: Desks) -> None:
    run = desks.begin(3)
    answering, desks.answer = desks.answer, raises(httpx.ConnectError("c"))
    for _ in range(4):
        assert desks.work() == 0
        assert desks.progress().run.status == "running"
        desks.clock.forward(seconds=61)
    assert desks.work() == 0
    found = desks.progress()
    assert (found.run.status, found.done) == ("stopped", 0)
    assert found.run.stop_reason and "could not be reached" in found.run.stop_reason
    desks.answer = answering
    desks.bulk.resume(SUPPORT, run)
    assert desks.work() == 3
    assert (desks.progress().run.status, desks.progress().started) == ("finished", 3)
    results = desks.bulk.results(SUPPORT, run)
    assert all(one.query and one.query.request_id for one in results)


def test_a_refused_key_stops_a_run_at_once(desks: Desks) -> None:
    desks.begin(3)
    desks.answer = gateway
    assert desks.work() == 0
    found = desks.progress()
    assert (found.run.status, found.done, len(desks.requests)) == ("stopped", 0, 1)
    assert found.run.stop_reason and "METRIPORT_API_KEY" in found.run.stop_reason


def test_a_limit_that_is_told_inside_a_success_costs_nobody_their_turn(desks: Desks) -> None:
    """As upstream documents it: the source stands in `errors`, and nothing was asked."""
    answering = desks.answer

    def over(request: httpx.Request) -> httpx.Response:
        body = answering(request).json()
        error = {"source": "lab", "httpStatus": 429, "message": "Too many lab queries"}
        return httpx.Response(200, json=body | {"errors": [error]})

    desks.begin(2)
    desks.answer = over
    assert desks.work() == 0
    assert (desks.progress().done, len(desks.requests)) == (0, 1)
    desks.clock.forward(seconds=61)
    desks.answer = answering
    assert desks.work() == 2
    assert (desks.progress().run.status, desks.progress().started) == ("finished", 2)


def test_a_run_that_was_stopped_while_it_was_turned_away_stays_stopped(desks: Desks) -> None:
    run = desks.begin(2)
    answering = desks.answer

    def stopped(request: httpx.Request) -> httpx.Response:
        desks.bulk.stop(SUPPORT, run)
        return limited(request)

    desks.answer = stopped
    assert desks.work() == 0
    assert (desks.progress().run.status, desks.progress().run.not_before) == ("stopped", None)
    desks.answer = answering
    desks.bulk.resume(SUPPORT, run)
    assert desks.work() == 2


def test_the_people_of_a_run_are_looked_at_on_record(desks: Desks) -> None:
    run = desks.begin(1)
    desks.bulk.open(SUPPORT, run)
    with desks.store.read() as session:
        *_, look = session.exec(select(AuditEvent)).all()
    assert (look.action, look.object_id) == ("bulk.view", run)
    assert [one.run.id for one in desks.bulk.runs(SUPPORT, run)] == [run]
    assert desks.bulk.runs(SUPPORT, "nobody") == []


def test_a_rate_limit_is_waited_for_however_often(desks: Desks) -> None:
    desks.begin(1)
    answering, desks.answer = desks.answer, limited
    for _ in range(7):
        assert desks.work() == 0
        desks.clock.forward(seconds=59)
        assert desks.work() == 0
        desks.clock.forward(seconds=2)
    desks.answer = answering
    assert desks.work() == 1
    assert (desks.progress().run.status, desks.progress().started) == ("finished", 1)


def test_a_log_that_does_not_answer_costs_nobody_their_turn(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the query was sent: it is known again by its id, and not sent again."""
    desks.begin(2)

    def unavailable(*_: object) -> NetworkQuery:
        raise LogUnavailable("The log did not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(desks.query_starts, "_get", unavailable)
        with pytest.raises(LogUnavailable):
            desks.starts.step()
    assert desks.work() == 2
    assert len(desks.requests) == 2 and desks.progress().failed == 0


def test_begun_twice_is_one_run(desks: Desks) -> None:
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    for _ in range(2):
        desks.bulk.begin(SUPPORT, "r-1", [A, B], request)
    assert len(desks.bulk.runs(SUPPORT)) == 1
    assert len(desks.bulk.results(SUPPORT, "r-1")) == 2


def test_who_may_not_start_cannot_start_many(desks: Desks) -> None:
    reviewer = SANDBOX_STAFF[Role.COMPLIANCE]
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    with pytest.raises(NotPermitted):
        desks.bulk.begin(reviewer, "r-1", [A], request)
    with pytest.raises(InvalidInput):
        desks.bulk.begin(SUPPORT, "r-1", [], request)
    with pytest.raises(InvalidInput):
        desks.bulk.begin(SUPPORT, "r-1", [A], TreatmentRequest(A, "", Sources(), ""))


def test_unknown_people_are_found_before_anything_starts(
    running_desk: Desk, fresh_person: str
) -> None:
    nobody = new_id(running_desk.clock())
    short = list(running_desk.bulk.unknown(SUPPORT, [fresh_person, nobody]))
    assert short[-1] == (2, {nobody})
    everybody = [one.id for one in running_desk.client.iter_patients()]
    assert len(everybody) > 100
    assert list(running_desk.bulk.unknown(SUPPORT, [*everybody, nobody]))[-1][1] == {nobody}


def test_a_run_goes_through_the_sandbox(running_desk: Desk, fresh_person: str) -> None:
    facility = running_desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(fresh_person, facility, Sources(pharmacy=True), REASONS[0])
    run_id = running_desk.bulk.new_id()
    running_desk.bulk.begin(SUPPORT, run_id, [fresh_person], request)
    running_desk.bulk_worker.nudge()

    def finished() -> bool:
        return any(
            one.run.id == run_id and one.run.status == "finished"
            for one in running_desk.bulk.runs(SUPPORT)
        )

    until(finished)
    (result,) = running_desk.bulk.results(SUPPORT, run_id)
    assert result.query is not None and result.query.started_by == SUPPORT.name
