"""The queries behind a mark are exactly as many as the mark says, whatever the log holds."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.mark_links import Behind
from pages._ui.list.link_filters import read_link
from pages._ui.outcomes import numbers
from pages._ui.words.names import ORIGINS, PURPOSES, SOURCES
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES
from services.ids import new_id
from services.outcomes.buckets import day_start
from services.outcomes.durations import time_to_finish
from services.outcomes.errors import top_errors
from services.outcomes.outcomes import OutcomeView, SourceFacts
from services.outcomes.periods import days_between
from services.outcomes.rollups.reading import Part
from services.outcomes.tables import (
    by_facility,
    completed_by_records,
    sources_over_time,
    status_over_time,
    success_by_source,
)
from services.queries.filters import QueryFilters
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, RecordRequest
from tests.clock import FakeClock
from tests.pages.evil import fill_log
from tests.world import PATIENT, SUPPORT, World

ZONE = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
SLOW = {"error_status": 429, "error_message": "slow down"}


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    world = World(store, clock)
    fill_log(store, clock.now)
    fill_with_retries(store, clock.now)
    fill_without_records(store, clock.now)
    return world


def fill_with_retries(store: Store, now: datetime) -> None:
    """Queries whose sources were tried again, had several providers, or failed alike."""
    done, failed = {"status": "completed"}, {"status": "failed"}
    sources: list[list[dict[str, object]]] = [
        [{"type": "hie", **done}, {"type": "lab", **failed, **SLOW}],
        # A new attempt at the whole type.
        [{"type": "hie", **failed, **SLOW}, {"type": "hie", "attempt": 2, **done}],
        # A new attempt at one of two providers.
        [
            {"type": "hie", "specific_source": "a", **failed, "error_message": "slow down"},
            {"type": "hie", "specific_source": "a", "attempt": 2, **done},
            {"type": "hie", "specific_source": "b", **failed, **SLOW},
        ],
        # Two providers that ended alike, with the same error.
        [
            {"type": "hie", "specific_source": "a", **failed, **SLOW},
            {"type": "hie", "specific_source": "b", **failed, **SLOW},
        ],
        # The words are those of another source's error.
        [{"type": "lab", **failed, "error_status": 500, "error_message": "slow down"}],
        [{"type": "pharmacy", "status": "mixed"}],
        [],
        # Metriport calls it partial, although all that it names completed.
        [{"type": "hie", **done}, {"type": "lab", **done}],
        [{"type": "lab", **failed, "error_message": "timed out after 1200 ms"}],
        [{"type": "lab", **failed, "error_message": "timed out after 830 ms"}],
    ]
    with store.write() as session:
        for number, rows in enumerate(sources):
            at = now - DAY * (number % 8)
            query = NetworkQuery(
                id=new_id(at), patient_id=PATIENT, purpose=["ias", "treatment"][number % 2],
                origin=["external", "dashboard"][number % 3 == 0], submitted_at=at,
                status="partial" if number == 7 else ["completed", "on-hold"][number % 2],
                facility_id=[None, "f-1", "f-2"][number % 3],
                error_title="slow down" if number > 4 else None,
                error_status=[None, 429][number % 2],
            )  # fmt: skip
            session.add(query)
            session.flush()
            session.add_all(
                QuerySource(
                    query_id=query.id, started_at=at, completed_at=at + timedelta(seconds=9), **row
                )
                for row in rows
            )


def fill_without_records(store: Store, now: datetime) -> None:
    """A completed query whose records were fetched and counted to none."""
    at = now - timedelta(hours=3)
    with store.write() as session:
        query_id = new_id(at)
        session.add(
            NetworkQuery(
                id=query_id, patient_id="p-empty", purpose="ias", origin="dashboard",
                status="completed", submitted_at=at, finished_at=at + timedelta(minutes=1),
            )
        )  # fmt: skip
        session.flush()
        session.add(
            QuerySource(
                query_id=query_id, type="fax", status="completed", started_at=at,
                completed_at=at + timedelta(minutes=1),
            )
        )  # fmt: skip
        fetched = at + timedelta(minutes=2)
        session.add(
            RecordRequest(
                id=new_id(fetched), patient_id="p-empty", conversion_type="json",
                status="completed", submitted_at=fetched, finished_at=fetched,
                counted_at=fetched, resource_counts={},
            )
        )  # fmt: skip


def opened(world: World, row: NumbersRow) -> int:
    """How many queries the page lists for an address; its controls are read as they are drawn."""
    values = dict(parse_qsl(urlencode(row.link), keep_blank_values=True))
    states = {words.label: state for state, words in QUERY_STATES.items()}
    source_states = {words.label: state for state, words in SOURCE_STATES.items()}
    first, last = values.get("from"), values.get("to")
    chosen = QueryFilters(
        statuses=tuple(states[values[name]] for name in ("status",) if name in values),
        purposes=tuple(
            key for key, name in PURPOSES.items() if name == values.get("purpose", "none")
        ),
        source=next((key for key, name in SOURCES.items() if name == values.get("source")), None),
        source_status=source_states.get(values.get("source_status", "")),
        origin=next((key for key, name in ORIGINS.items() if name == values.get("origin")), None),
        since=day_start(date.fromisoformat(first), ZONE) if first else None,
        until=day_start(date.fromisoformat(last) + DAY, ZONE) if last else None,
    )
    link = read_link(chosen, values, ZONE)
    assert not link.unknown
    return sum(len(page) for page in pages_of(world, link.filters))


def pages_of(world: World, filters: QueryFilters) -> Iterator[Sequence[object]]:
    following = None
    while True:
        page = world.queries.search(SUPPORT, filters, following)
        yield page.rows
        following = page.next
        if following is None:
            return


PARTS = [
    Part(),
    Part(leave_out_tests=False),
    Part(leave_out_external=True),
    Part(facility_id="f-1"),
]


def view_of(world: World, bucket: str = "day", part: Part = PARTS[0]) -> OutcomeView:
    today = world.clock.now.astimezone(ZONE).date()
    period = days_between(today - 9 * DAY, today, world.clock.now, ZONE)
    return OutcomeView(period, bucket, ZONE, part)


def facts_of(world: World, view: OutcomeView) -> SourceFacts:
    return world.outcomes.sources(SUPPORT, view)


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("bucket", ["hour", "day", "week", "month"])
def test_every_bar_over_time_opens_its_queries(world: World, bucket: str, part: Part) -> None:
    view = view_of(world, bucket, part)
    facts, period = world.outcomes.status(SUPPORT, view), view.period
    table = status_over_time(facts.status, bucket, ZONE.key, period.since, period.until)
    rows = numbers.status_rows(table, view)
    assert sum(row.cells[-1] for row in rows) == facts.status["n"].sum()
    assert_exact(world, rows)


def test_what_is_no_success_has_a_bar_of_its_own(world: World) -> None:
    view = view_of(world)
    facts, period = world.outcomes.status(SUPPORT, view), view.period
    table = status_over_time(facts.status, "day", ZONE.key, period.since, period.until)
    rows = numbers.status_rows(table, view)
    named = [row for row in rows if row.cells[2].label in ("Hidden failure", "No records")]
    assert {row.cells[2].label for row in named} == {"Hidden failure", "No records"}
    assert_exact(world, named)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_every_piece_of_a_source_opens_its_queries(world: World, part: Part) -> None:
    facts = facts_of(world, view_of(world, part=part))
    rows = numbers.source_rows(success_by_source(facts.sources), facts.view)
    assert_exact(world, rows)
    course = sources_over_time(facts.sources, facts.view.edges)
    assert_exact(world, numbers.source_time_rows(course, facts.view))


def test_the_result_of_a_source_is_that_of_its_latest_attempts(world: World) -> None:
    facts = facts_of(world, view_of(world, part=Part(leave_out_tests=False)))
    rows = numbers.source_rows(success_by_source(facts.sources), facts.view)
    by_result: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.cells[0], row.cells[2].label)
        by_result[key] = by_result.get(key, 0) + row.cells[-1]
    assert by_result["HIE", "Completed"] == 3
    assert by_result["HIE", "Mixed"] == by_result["HIE", "Failed"] == 1


def test_every_duration_opens_the_queries_that_completed(world: World) -> None:
    facts = facts_of(world, view_of(world))
    table = time_to_finish(facts.times, facts.sources)
    assert_exact(world, numbers.duration_rows(table, facts.view))


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_every_error_opens_its_queries(world: World, part: Part) -> None:
    facts = facts_of(world, view_of(world, part=part))
    table = top_errors(facts.errors, facts.view.edges, most=500)
    assert_exact(world, numbers.error_rows(table, facts.view))


def test_errors_that_differ_in_numbers_alone_are_one(world: World) -> None:
    facts = facts_of(world, view_of(world))
    table = top_errors(facts.errors, facts.view.edges, most=500)
    slow = table[table["error"] == "slow down"]
    assert slow[(slow["where"] == "hie") & (slow["status"] == 429)]["queries"].sum() == 3
    timed = table[table["error"] == "timed out after [n] ms"]
    assert list(timed["queries"]) == [1, 1] and set(timed["purpose"]) == {"ias", "treatment"}
    assert_exact(world, numbers.error_rows(timed, facts.view))


def test_every_facility_opens_its_queries(world: World) -> None:
    facts = facts_of(world, view_of(world))
    behind = Behind(facts.view)
    rows = [
        NumbersRow(
            [line["queries"]],
            behind.facility(
                line["facility"] if isinstance(line["facility"], str) else None, line["purpose"]
            ),
        )
        for line in by_facility(facts.facilities).to_dict("records")
    ]
    assert len(rows) > 2
    assert_exact(world, rows)


def test_completed_queries_without_records_open_theirs(world: World) -> None:
    facts = facts_of(world, view_of(world))
    rows = numbers.records_rows(completed_by_records(facts.records), facts.view)
    assert {row.cells[1].label for row in rows} >= {"No records", "Not counted"}
    assert_exact(world, [row for row in rows if row.link])


def assert_exact(world: World, rows: Sequence[NumbersRow]) -> None:
    assert rows
    wrong = [(row, found) for row in rows if (found := opened(world, row)) != row.cells[-1]]
    assert wrong == []
