"""The starts of a bulk run: how they are paced, and what costs nobody their turn."""

import httpx
import pytest

from services.errors import LogUnavailable
from services.store.tables import BulkItem, NetworkQuery
from tests.bulk.desks import SUPPORT, Desks, gateway, limited
from tests.world import raises


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
