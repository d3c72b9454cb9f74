"""The log of queries: its pages, its filters, and what it does not hold."""

import httpx
import pytest
from sqlmodel import col, select

from services.errors import NotInLog
from services.queries.filters import QueryFilters
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, SUPPORT, World, answers


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
        before = page.next
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
        (QueryFilters(started_by_id=SUPPORT.id), 1),
        (QueryFilters(origin="external"), 0),
        (QueryFilters(patient_id=PATIENT), 1),
        (QueryFilters(patient_id="'1;DROP_TABLE"), 0),
        (QueryFilters(facility_id="'; DROP TABLE network_query; --"), 0),
        (QueryFilters(error="slow down"), 0),
        (QueryFilters(since=FakeClock().now), 1),
        (QueryFilters(until=FakeClock().now), 0),
    ],
)
def test_each_filter_narrows(world: World, filters: QueryFilters, hits: int) -> None:
    world.answer = answers("completed", hie="completed", lab="completed")
    world.start()
    assert len(world.queries.search(SUPPORT, filters).rows) == hits


def test_no_text_of_a_link_enters_the_access_log(world: World) -> None:
    text = "Jane Doe, 1980-02-01"
    filters = QueryFilters(
        statuses=(text,), source=text, source_result=text, started_by_id=text, error="Doe"
    )
    world.queries.search(SUPPORT, filters)
    newest = select(AuditEvent).order_by(col(AuditEvent.seq).desc())
    with world.store.read() as session:
        event = session.exec(newest).first()
    assert event is not None and event.details == {
        "statuses": "20 characters",
        "source": "20 characters",
        "started_by_id": "20 characters",
        "source_result": "20 characters",
        "error": "3 characters",
    }


def test_ids_and_words_of_a_link_enter_the_access_log() -> None:
    filters = QueryFilters(statuses=("partial", "failed"), source="lab", started_by_id=SUPPORT.id)
    assert filters.summary() == {
        "statuses": "partial, failed",
        "source": "lab",
        "started_by_id": SUPPORT.id,
    }


def test_what_is_not_in_the_log_is_said_to_be(world: World) -> None:
    with pytest.raises(NotInLog):
        world.queries.open(SUPPORT, "nothing")


def test_the_viewers_open_queries_cost_the_same_at_any_size_of_the_log(world: World) -> None:
    plan = plans_of(world.store, lambda: world.queries.open_of(SUPPORT))
    assert_no_scan(plan)
    assert any("ix_network_query_open" in step for step in plan)
    ended = plans_of(world.store, lambda: world.queries.ended_among(SUPPORT, ["q1", "q2"]))
    assert_no_scan(ended)
