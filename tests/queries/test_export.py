"""The file of a selection of queries: everything that matches, once, and never without a trace."""

import csv
import io

import pytest
from sqlmodel import col, select

from services.errors import InvalidInput
from services.exports.formats import CSV
from services.queries.export import queries_export
from services.queries.filters import QueryFilters
from services.store.tables import AuditEvent
from tests.world import PATIENT, SUPPORT, World, answers


@pytest.fixture
def three(world: World) -> list[str]:
    """The ids of three queries, the newest first."""
    world.answer = answers("completed", hie="completed", lab="failed")
    made = []
    for _ in range(3):
        world.clock.forward(seconds=60)
        made.append(world.start().id)
    return made[::-1]


def rows(world: World, filters: QueryFilters) -> list[dict[str, str]]:
    content = world.exports.make(SUPPORT, queries_export(filters), CSV)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_file_has_every_query_that_matches_newest_first(world: World, three: list[str]) -> None:
    found = rows(world, QueryFilters())
    assert [row["id"] for row in found] == three
    assert found[-1]["sources"] == "hie: completed; lab: failed"
    assert (found[0]["patient_id"], found[0]["started_by_id"]) == (PATIENT, SUPPORT.id)
    assert found[0]["submitted_at_utc"] == "2026-09-14T15:33:00.000000Z"
    last_two = QueryFilters(since=world.clock.now.replace(minute=32, second=0))
    assert [row["id"] for row in rows(world, last_two)] == three[:2]
    assert world.exports.count(SUPPORT, queries_export(last_two)) == 2


def test_each_export_is_noted_with_its_filters_and_its_rows(world: World, three: list[str]) -> None:
    filters = QueryFilters(patient_id=PATIENT, statuses=("partial", "completed"))
    number = len(rows(world, filters))
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "queries.export")
        (event,) = session.exec(wanted).all()
    assert event.patient_id == PATIENT
    assert event.details == {
        "patient_id": PATIENT,
        "statuses": "partial, completed",
        "rows": number,
        "format": "CSV",
    }


@pytest.mark.parametrize(
    "pasted", ["Jane Smith", "aal2_1234", "https://us.test/ias/go/" + "x" * 43]
)
def test_what_is_no_id_is_not_noted(world: World, pasted: str) -> None:
    """The patient comes from the address of the page, where anything can stand."""
    filters = QueryFilters(patient_id=pasted)
    with pytest.raises(InvalidInput):
        world.queries.search(SUPPORT, filters)
    with pytest.raises(InvalidInput):
        queries_export(filters)
    with world.store.read() as session:
        assert session.exec(select(AuditEvent)).all() == []
