"""What the status calls of the reconciler make of a query, to its end."""

import threading
from typing import Any

import httpx
import pytest

from services.workers.reconciler import Reconciler
from tests.world import PROCESSING, REQUEST, SUPPORT, World, answers, raises


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
    # A second provider of the same type may still run, or the answer may be older than the
    # webhooks: what has ended is not taken back, and upstream is asked again.
    world.clock.forward(seconds=3)
    world.reconciler.step()
    row = world.query(query.id)[0]
    assert row.status == "completed" and row.next_check_at is not None
    world.hear("m-3", "lab", source="second", completedAt="2026-09-14T15:40:00.000Z")
    world.answer = answers("completed", hie="completed", lab="completed")
    world.clock.forward(minutes=1)
    world.reconciler.step()
    row = world.query(query.id)[0]
    assert (row.status, row.next_check_at) == ("completed", None)
