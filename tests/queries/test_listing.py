"""Pages of the log of queries with filters: nothing is lost, and no page reads the whole log."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from sqlmodel import Session, select

from services.ids import new_id
from services.queries.filters import HIDDEN_FAILURE, MIXED, NO_FACILITY, OF_QUERY, QueryFilters
from services.queries.sources import latest_attempts
from services.store import Store, tables
from services.store.error_texts import normalised
from services.store.tables import NetworkQuery, QuerySource
from tests.plans import assert_no_scan, plans_of

START = datetime(2026, 9, 1, tzinfo=UTC)
PERIOD = {"since": START + timedelta(minutes=40), "until": START + timedelta(minutes=100)}
TEXTS = (None, "slow down", "Document 12 not found", "Document 9 not found")

ALONE = (
    QueryFilters(statuses=("failed",)),
    QueryFilters(statuses=("failed", "partial", "never")),
    QueryFilters(purposes=("ias",)),
    QueryFilters(purposes=("ias", "treatment")),
    QueryFilters(origin="external"),
    QueryFilters(source="lab"),
    QueryFilters(source_status="failed"),
    QueryFilters(source="lab", source_status="failed"),
    QueryFilters(facility_id="f-1"),
    QueryFilters(facility_id=NO_FACILITY),
    QueryFilters(started_by_id="idp#1"),
    QueryFilters(patient_id="p-1"),
    QueryFilters(error="slow down"),
    QueryFilters(error="Document [n] not found", error_in="lab"),
    QueryFilters(error="slow down", error_in=OF_QUERY, error_status=429),
)
TOGETHER = (
    QueryFilters(source="lab", source_result=MIXED),
    QueryFilters(source="lab", source_result="completed"),
    QueryFilters(outcome=HIDDEN_FAILURE),
    QueryFilters(outcome="partial", without_tests=True),
    QueryFilters(without_tests=True),
    QueryFilters(statuses=("failed",), purposes=("ias",), facility_id="f-1"),
    QueryFilters(purposes=("ias",), origin="external", source="hie", source_status="failed"),
    QueryFilters(error="slow down", error_in="hie", error_status=429, purposes=("treatment",)),
    QueryFilters(source="hie", source_result="failed", statuses=("partial",)),
)


def fill(store: Store, number: int = 120) -> list[tuple[NetworkQuery, list[QuerySource]]]:
    """Queries of all kinds, some at the same moment, with their sources."""
    pick = random.Random(number)
    queries, sources = [], []
    for minute in range(number):
        at = START + timedelta(minutes=minute - minute % 3)
        query = NetworkQuery(
            id=new_id(at), patient_id=f"p-{pick.randrange(6)}", submitted_at=at,
            purpose=pick.choice(["ias", "treatment"]),
            origin=pick.choice(["dashboard", "external"]),
            status=pick.choice(["completed", "partial", "failed"]),
            facility_id=pick.choice([None, "f-1", "f-2"]),
            started_by_id=pick.choice([None, "idp#1", "idp#2"]),
            error_title=pick.choice(TEXTS), error_status=pick.choice([None, 429]),
        )  # fmt: skip
        queries.append(query)
        for kind in pick.sample(["hie", "lab", "pharmacy"], pick.randrange(4)):
            for provider, attempt in pick.sample([(None, 1), ("a", 1), ("b", 1), ("a", 2)], 2):
                sources.append(
                    QuerySource(
                        query_id=query.id, type=kind, specific_source=provider, attempt=attempt,
                        status=pick.choice(["completed", "completed", "failed"]),
                        error_message=pick.choice(TEXTS), error_status=pick.choice([None, 429]),
                    )
                )  # fmt: skip
    with store.write() as session:
        session.add_all(queries)
        session.flush()
        session.add_all(sources)
        session.add(
            tables.PersonOfTest(
                patient_id="p-2", marked_at=START, marked_by_id="idp#1", marked_by="Sam"
            )
        )
    return [(one, [row for row in sources if row.query_id == one.id]) for one in queries]


def matches(filters: QueryFilters, query: NetworkQuery, sources: list[QuerySource]) -> bool:
    """Whether a query is one of those that `filters` name, in plain Python."""
    by_column = {
        name: value
        for name in ("started_by_id", "origin", "patient_id")
        if (value := getattr(filters, name))
    }
    facility = None if filters.facility_id == NO_FACILITY else filters.facility_id
    return (
        all(getattr(query, name) == value for name, value in by_column.items())
        and (not filters.facility_id or query.facility_id == facility)
        and (not filters.statuses or query.status in filters.statuses)
        and (not filters.purposes or query.purpose in filters.purposes)
        and (not filters.since or query.submitted_at >= filters.since)
        and (not filters.until or query.submitted_at < filters.until)
        and (not filters.without_tests or query.patient_id != "p-2")
        and (not filters.outcome or _outcome(query, sources) == filters.outcome)
        and (not filters.error or _has_error(filters, query, sources))
        and _has_source(filters, sources)
    )


def _outcome(query: NetworkQuery, sources: list[QuerySource]) -> str:
    completed = {row.status for row in latest_attempts(sources)} == {"completed"}
    return HIDDEN_FAILURE if query.status == "partial" and completed else query.status


def _has_source(filters: QueryFilters, sources: list[QuerySource]) -> bool:
    if filters.source_result:
        of_type = (row for row in latest_attempts(sources) if row.type == filters.source)
        found = {row.status for row in of_type}
        result = MIXED if len(found) > 1 else next(iter(found), None)
        return result == filters.source_result
    wanted = (filters.source, filters.source_status)
    return wanted == (None, None) or any(
        wanted[0] in (None, row.type) and wanted[1] in (None, row.status) for row in sources
    )


def _has_error(filters: QueryFilters, query: NetworkQuery, sources: list[QuerySource]) -> bool:
    found = {(OF_QUERY, normalised(query.error_title), query.error_status)}
    found |= {(row.type, normalised(row.error_message), row.error_status) for row in sources}
    if filters.error_in:
        return (filters.error_in, filters.error, filters.error_status) in found
    return any(text == filters.error for _, text, _ in found)


def pages(
    session: Session, filters: QueryFilters, oldest_first: bool, most: int
) -> Iterator[list[str]]:
    """The ids on each page until the last."""
    cursor = None
    while True:
        page = filters.listing(session).page(session, cursor, oldest_first, most)
        # A search that stopped goes on; a page that says nothing of it is full, or the last.
        assert page.next is not None or page.searched_to is None
        yield [query.id for query in page.rows]
        cursor = page.next
        if cursor is None:
            return


@pytest.mark.parametrize("most", [11, 5000])
def test_searching_further_back_finds_exactly_what_an_unbounded_search_finds(
    store: Store, most: int
) -> None:
    log = fill(store)
    with store.read() as session:
        for chosen in (*ALONE, *TOGETHER):
            for filters in (chosen, replace(chosen, **PERIOD)):
                found = [row for row in log if matches(filters, *row)]
                by_place = sorted((query.submitted_at, query.id) for query, _ in found)
                expected = [query_id for _, query_id in by_place]
                for oldest_first in (True, False):
                    read = list(chain.from_iterable(pages(session, filters, oldest_first, most)))
                    assert read == (expected if oldest_first else expected[::-1]), filters


def test_a_file_has_every_match_however_few_a_page_is_searched_in(store: Store) -> None:
    log = fill(store)
    with store.read() as session:
        for filters in (*ALONE, *TOGETHER):
            every = session.exec(filters.listing(session).select_all(session)).all()
            expected = sorted(query.id for query, rows in log if matches(filters, query, rows))
            assert sorted(query.id for query in every) == expected, filters


def test_a_page_that_was_not_searched_to_the_end_says_how_far_it_came(store: Store) -> None:
    fill(store)
    filters = QueryFilters(statuses=("failed",), purposes=("never",))
    nothing = QueryFilters(statuses=("failed",), source="lab", source_result="never")
    with store.read() as session:
        page = QueryFilters(statuses=("failed",), outcome="completed").listing(session)
        first = page.page(session, None, most=10)
        assert not first.rows and first.searched_to is not None and first.next
        second = page.page(session, first.next, most=10)
        assert second.searched_to is not None and second.searched_to < first.searched_to
        # A filter without any row ends the search at once.
        for rare in (filters, nothing):
            found = rare.listing(session).page(session, None, most=10)
            assert (list(found.rows), found.next, found.searched_to) == ([], None, None)


@pytest.mark.parametrize("filters", ALONE, ids=str)
def test_each_filter_alone_is_read_from_its_index(store: Store, filters: QueryFilters) -> None:
    fill(store, 30)

    def read(chosen: QueryFilters, cursor: str | None, oldest_first: bool) -> None:
        with store.read() as session:
            chosen.listing(session).page(session, cursor, oldest_first)

    for chosen in (filters, replace(filters, **PERIOD)):
        for oldest_first in (True, False):
            for cursor in (None, "1788230400000000.x", "1788230400000000"):
                plan = plans_of(store, lambda c=chosen, at=cursor, o=oldest_first: read(c, at, o))  # type: ignore[misc]
                assert_no_scan(plan)
                # Never the walk by time, which would read whatever matches nothing. PostgreSQL may
                # take it for a period that holds less than the filter.
                if chosen is filters or store.engine.dialect.name == "sqlite":
                    assert not any("ix_network_query_submitted_at" in step for step in plan), plan


def test_a_source_is_filled_with_what_lists_find_it_by(store: Store) -> None:
    fill(store, 30)
    with store.read() as session:
        for source in session.exec(select(QuerySource)):
            query = session.get_one(NetworkQuery, source.query_id)
            assert source.submitted_at == query.submitted_at
            assert source.normal_error == normalised(source.error_message)
