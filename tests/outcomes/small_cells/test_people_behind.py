"""Whether enough different people are behind a group: read from the log, on each database."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from services.ids import new_id
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.rollups.cubes import ACTIVE_WEEK, ERROR, FACILITY, LINKS, SOURCE, STATUS
from services.outcomes.rollups.reading import Part
from services.queries.filters import OF_QUERY
from services.store import Store
from services.store.tables import NetworkQuery, PatientLink, PersonSteps, QuerySource
from services.store.tables import PersonOfTest as PersonOfTest
from tests.plans import assert_no_scan, plans_of

WEEK = timedelta(weeks=1)
FIRST = datetime(2026, 9, 7, tzinfo=UTC)
STARTS, END = [FIRST, FIRST + WEEK], FIRST + 2 * WEEK


def add_queries(
    store: Store,
    people: int,
    each: int = 1,
    start: datetime = FIRST,
    status: str = "completed",
    origin: str = "dashboard",
    facility: str | None = "f-1",
    error: str | None = None,
) -> None:
    with store.write() as session:
        for number in range(people * each):
            at = start + timedelta(minutes=number)
            query_id = new_id(at)
            session.add(
                NetworkQuery(
                    id=query_id, patient_id=f"p-{number % people}", purpose="ias", origin=origin,
                    status=status, facility_id=facility, submitted_at=at, error_title=error,
                )
            )  # fmt: skip
            session.flush()
            session.add(QuerySource(query_id=query_id, type="lab", status=status))


def statuses(*rows: tuple[datetime, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["start", "outcome", "n"])
    return frame.assign(purpose="ias")


def behind(store: Store, frame: pd.DataFrame, part: Part | None = None) -> list[int]:
    return PeopleBehind(store, 5).of(STATUS, frame, STARTS, END, part or Part()).tolist()


def test_people_are_counted_and_not_their_queries(store: Store) -> None:
    add_queries(store, people=5, each=10)
    add_queries(store, people=6, each=2, start=FIRST + WEEK)
    frame = statuses((FIRST, "completed", 50), (FIRST + WEEK, "completed", 12))
    assert behind(store, frame) == [5, 6]


def test_a_group_of_few_queries_is_not_looked_at(sqlite_store: Store) -> None:
    frame = statuses((FIRST, "completed", 5))
    assert plans_of(sqlite_store, lambda: behind(sqlite_store, frame)) == []
    assert behind(sqlite_store, frame) == [5]


def test_what_is_rare_is_found_behind_what_is_frequent(store: Store) -> None:
    add_queries(store, people=7, status="failed")
    add_queries(store, people=9, each=80, start=FIRST + timedelta(days=1))
    frame = statuses((FIRST, "completed", 720), (FIRST, "failed", 7))
    assert behind(store, frame) == [6, 6]


def test_what_the_log_does_not_hold_any_more_counts_as_small(sqlite_store: Store) -> None:
    assert behind(sqlite_store, statuses((FIRST, "completed", 500))) == [0]


def test_what_is_left_out_of_the_chart_is_left_out_here(store: Store) -> None:
    add_queries(store, people=8, origin="external")
    with store.write() as session:
        for number in range(4):
            session.add(
                PersonOfTest(
                    patient_id=f"p-{number}", marked_at=FIRST, marked_by_id="x", marked_by="X"
                )
            )
    frame = statuses((FIRST, "completed", 8))
    assert behind(store, frame, Part(leave_out_tests=False)) == [6]
    assert behind(store, frame) == [4]
    assert behind(store, frame, Part(leave_out_external=True, leave_out_tests=False)) == [0]
    assert behind(store, frame, Part(facility_id="f-2", leave_out_tests=False)) == [0]
    assert behind(store, frame, Part(facility_id="f-1", leave_out_tests=False)) == [6]


def test_each_cube_of_queries_is_looked_at_by_its_own_values(store: Store) -> None:
    add_queries(store, people=6, status="failed", error="No answer after 31 s", facility=None)
    people = PeopleBehind(store, 5)
    source = pd.DataFrame({"start": [FIRST], "type": ["lab"], "result": ["failed"], "n": [6]})
    assert people.of(SOURCE, source, STARTS, END).tolist() == [6]
    error = pd.DataFrame(
        {"start": [FIRST], "where": [OF_QUERY], "error": ["No answer after [n] s"],
         "status": pd.Series([None], dtype="Float64"), "n": [6]}
    )  # fmt: skip
    assert people.of(ERROR, error, STARTS, END).tolist() == [6]
    facility = pd.DataFrame({"start": [FIRST], "facility": [None], "n": [6]})
    assert people.of(FACILITY, facility, STARTS, END).tolist() == [6]


def test_people_count_themselves(sqlite_store: Store) -> None:
    frame = pd.DataFrame({"start": [FIRST], "kind": ["new"], "n": [9]})
    assert PeopleBehind(sqlite_store, 5).of(ACTIVE_WEEK, frame, STARTS, END).tolist() == [9]


@pytest.mark.parametrize(("people", "found"), [(5, 5), (6, 6)])
def test_links_are_looked_at_by_the_people_to_whom_they_belong(
    store: Store, people: int, found: int
) -> None:
    at = FIRST + timedelta(days=2)
    with store.write() as session:
        for number in range(12):
            session.add(
                PatientLink(
                    token_hash=f"h{number}", kind="identity", target=f"t{number}",
                    patient_id=f"p-{number % people}", created_by_id="x", created_by="X",
                    created_at=at, expires_at=at,
                )
            )  # fmt: skip
        cell = ["links", at.isoformat(), ["identity", "unopened", 0], None]
        for number in range(people):
            session.add(PersonSteps(patient_id=f"p-{number}", counted={"cells": [cell]}))
    frame = pd.DataFrame({"start": [FIRST], "kind": ["identity"], "fate": ["unopened"], "n": [12]})
    assert PeopleBehind(store, 5).of(LINKS, frame, STARTS, END).tolist() == [found]


def test_what_was_found_is_known_until_the_number_changes(sqlite_store: Store) -> None:
    people = PeopleBehind(sqlite_store, 5)
    add_queries(sqlite_store, people=6)

    def ask(number: int) -> list[str]:
        frame = statuses((FIRST, "completed", number))
        return plans_of(sqlite_store, lambda: people.of(STATUS, frame, STARTS, END))

    assert ask(6)
    assert ask(6) == []
    assert ask(7)


def test_every_read_enters_by_an_index(store: Store) -> None:
    add_queries(store, people=2, each=4)
    frame = statuses((FIRST, "completed", 8), (FIRST, "failed", 8))
    assert_no_scan(plans_of(store, lambda: behind(store, frame)))
    links = pd.DataFrame({"start": [FIRST], "kind": ["identity"], "n": [12]})
    assert_no_scan(plans_of(store, lambda: PeopleBehind(store, 5).of(LINKS, links, STARTS, END)))
