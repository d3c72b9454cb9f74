"""The queries behind a mark are exactly as many as the mark says, whatever the log holds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest

from pages._ui.charts import outcome_numbers as numbers
from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.mark_links import span
from pages._ui.list.link_filters import read_link
from pages._ui.words.names import PURPOSES, SOURCES
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES
from services.ids import new_id
from services.outcomes.buckets import day_start
from services.outcomes.tables import (
    status_over_time,
    success_by_source,
    time_to_finish,
    top_errors,
)
from services.queries.filters import QueryFilters
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource
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
    ]
    with store.write() as session:
        for number, rows in enumerate(sources):
            at = now - DAY * number
            query = NetworkQuery(
                id=new_id(at), patient_id=PATIENT, purpose=["ias", "treatment"][number % 2],
                origin="external", status=["completed", "on-hold"][number % 2], submitted_at=at,
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


@pytest.mark.parametrize("bucket", ["hour", "day", "week"])
def test_every_bar_over_time_opens_its_queries(world: World, bucket: str) -> None:
    since, until = bounds(world)
    facts = world.outcomes.facts(SUPPORT, since, until)
    table = status_over_time(facts.queries, bucket, ZONE.key, since, until)
    rows = numbers.status_rows(table, bucket, ZONE)
    assert sum(row.cells[-1] for row in rows) == len(facts.queries)
    assert_exact(world, rows)


def test_every_piece_of_a_source_opens_its_queries(world: World) -> None:
    facts = world.outcomes.facts(SUPPORT, *bounds(world))
    table = success_by_source(facts.sources)
    rows = numbers.source_rows(table, span(*bounds(world), ZONE))
    by_result = {(row.cells[0], row.cells[1].label): row.cells[-1] for row in rows}
    assert by_result["HIE", "Completed"] == 2
    assert by_result["HIE", "Mixed"] == by_result["HIE", "Failed"] == 1
    assert_exact(world, rows)


def test_every_duration_opens_the_queries_that_completed(world: World) -> None:
    facts = world.outcomes.facts(SUPPORT, *bounds(world))
    rows = numbers.duration_rows(time_to_finish(facts.sources), span(*bounds(world), ZONE))
    assert_exact(world, rows)


def test_every_error_opens_its_queries(world: World) -> None:
    facts = world.outcomes.facts(SUPPORT, *bounds(world))
    table = top_errors(facts, most=500)
    slow = table[table["error"] == "slow down"].set_index(["where", "status"])["queries"]
    assert slow["hie", 429] == 3 and slow["lab", 500] == 1
    assert_exact(world, numbers.error_rows(table, span(*bounds(world), ZONE)))


def assert_exact(world: World, rows: list[NumbersRow]) -> None:
    assert rows
    wrong = [(row, found) for row in rows if (found := opened(world, row)) != row.cells[-1]]
    assert wrong == []


def bounds(world: World) -> tuple[datetime, datetime]:
    today = world.clock.now.astimezone(ZONE).date()
    return day_start(today - 9 * DAY, ZONE), day_start(today + DAY, ZONE)


def test_a_link_that_cannot_be_read_says_so_and_filters_nothing() -> None:
    values = {"since": "banana", "until": "2026-09-14T10:00", "error_status": "many"}
    link = read_link(QueryFilters(), values, ZONE)
    assert link.unknown == ("since", "until", "error_status")
    assert link.filters == QueryFilters() and not link.shown


def test_what_is_chosen_on_the_page_narrows_a_link_further() -> None:
    noon = datetime(2026, 9, 14, 12, tzinfo=UTC)
    values = {"since": noon.isoformat(), "until": (noon + DAY).isoformat(), "is_source": "x"}
    chosen = QueryFilters(since=noon + timedelta(hours=1), until=noon + 2 * DAY, source="hie")
    filters = read_link(chosen, values, ZONE).filters
    assert (filters.since, filters.until) == (noon + timedelta(hours=1), noon + DAY)
    assert filters.source == "hie"


def test_a_link_is_shown_in_words() -> None:
    values = {
        "since": "2026-09-14T13:00:00+00:00",
        "until": "2026-09-14T14:00:00+00:00",
        "is_status": "on-hold",
        "result": "mixed",
        "error": "slow down",
        "error_in": "lab",
        "error_status": "429",
    }
    shown = read_link(QueryFilters(source="hie"), values, ZONE).shown
    assert list(shown) == [
        "Submitted from Sep 14, 2026, 09:00:00 EDT and before Sep 14, 2026, 10:00:00 EDT",
        "Status: on-hold",
        "HIE as a whole: Mixed",
        "Laboratory (429): slow down",
    ]
