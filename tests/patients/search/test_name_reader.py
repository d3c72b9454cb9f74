"""Reading names ahead: gently, to the end, again after a time, and not at all where it is off."""

from datetime import timedelta

import httpx
import pytest

from services.patients.search import name_reader
from services.patients.search.name_index import KEPT_FOR
from services.patients.search.name_reader import NameReader
from tests.clock import FakeClock
from tests.world import World

PAGES = 3


class List:
    """An upstream with three pages of people, and how long each takes."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.takes = timedelta()
        self.fails = False
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        first = request.url.params.get("fromItem")
        self.asked.append(first)
        self._clock.now += self.takes
        if self.fails:
            return httpx.Response(403, json={"status": 403, "title": "Forbidden"})
        number = int(first or 0)
        more = f"https://up.test/medical/v1/patient?count=250&fromItem={number + 1}"
        people = [{"id": f"p-{number}", "firstName": "Anna", "lastName": f"Name{number}"}]
        meta = {"nextPage": more} if number + 1 < PAGES else {}
        return httpx.Response(200, json={"patients": people, "meta": meta})


@pytest.fixture
def upstream(world: World, clock: FakeClock) -> List:
    world.answer = people = List(clock)
    return people


def make(world: World, *, allowed: bool = True) -> NameReader:
    return NameReader(world.client, world.names, world.clock, allowed=allowed)


def steps(world: World, reader: NameReader, seconds: int) -> None:
    """What the worker does in this time."""
    for _ in range(seconds):
        world.clock.forward(seconds=1)
        assert reader.step() == 0


def test_it_starts_late_pauses_and_stops_at_the_end(world: World, upstream: List) -> None:
    reader = make(world)
    steps(world, reader, 4)
    assert upstream.asked == []
    steps(world, reader, 5)
    assert upstream.asked == [None]
    steps(world, reader, 5)
    assert upstream.asked == [None, "1"]
    steps(world, reader, 600)
    assert upstream.asked == [None, "1", "2"] and len(world.names) == 3


def test_a_slow_upstream_is_asked_less(world: World, upstream: List) -> None:
    reader = make(world)
    upstream.takes = timedelta(seconds=4)
    steps(world, reader, 5)
    steps(world, reader, 39)
    assert upstream.asked == [None]
    steps(world, reader, 2)
    assert upstream.asked == [None, "1"]


def test_names_are_read_again_before_they_are_forgotten(world: World, upstream: List) -> None:
    reader = make(world)
    steps(world, reader, 60)
    for _ in range(int(KEPT_FOR / timedelta(minutes=10)) * 2):
        world.clock.forward(minutes=10)
        reader.step()
        assert len(world.names) == 3
    assert len(upstream.asked) >= 2 * PAGES


def test_after_an_error_it_waits_and_begins_anew(world: World, upstream: List) -> None:
    reader = make(world)
    steps(world, reader, 6)
    upstream.fails = True
    steps(world, reader, 200)
    assert upstream.asked == [None, "1"]
    upstream.fails = False
    steps(world, reader, 150)
    assert upstream.asked == [None, "1", None, "1", "2"]


def test_no_more_is_read_than_is_kept(
    world: World, upstream: List, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_reader, "MOST_PEOPLE", 2)
    steps(world, make(world), 600)
    assert upstream.asked == [None, "1"]


def test_where_it_is_off_names_are_only_forgotten(world: World, upstream: List) -> None:
    reader = make(world, allowed=False)
    world.answer = upstream
    world.names.remember(world.client.list_patients().patients[0])
    steps(world, reader, 600)
    assert upstream.asked == [None] and len(world.names) == 1
    world.clock.now += KEPT_FOR
    reader.step()
    assert len(world.names) == 0
