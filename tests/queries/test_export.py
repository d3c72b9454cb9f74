"""The file of a selection: everything that matches, once, and never without a trace."""

import pytest
from sqlmodel import col, select

from pages._ui.list.queries_csv import queries_csv
from services.errors import InvalidInput, NotPermitted
from services.queries import export
from services.queries.filters import QueryFilters
from services.staff.permissions import Role
from services.store.tables import AuditEvent
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT, World, answers

PRODUCT = make_actor("Pat", Role.PRODUCT)


@pytest.fixture
def three(world: World) -> list[str]:
    """The ids of three queries, the newest first."""
    world.answer = answers("completed", hie="completed", lab="failed")
    made = []
    for _ in range(3):
        world.clock.forward(seconds=60)
        made.append(world.start().id)
    return made[::-1]


def test_a_file_has_every_query_that_matches_newest_first(world: World, three: list[str]) -> None:
    rows = world.query_exports.rows(SUPPORT, QueryFilters())
    assert [row.query.id for row in rows] == three
    assert {source.type for source in rows[0].sources} == {"hie", "lab"}
    last_two = QueryFilters(since=rows[1].query.submitted_at)
    assert len(world.query_exports.rows(SUPPORT, last_two)) == 2
    assert world.query_exports.count(SUPPORT, last_two) == 2


def test_each_export_is_noted_with_its_filters_and_its_rows(world: World, three: list[str]) -> None:
    for _ in range(2):
        world.query_exports.rows(SUPPORT, QueryFilters(patient_id=PATIENT))
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "queries.export")
        events = session.exec(wanted).all()
    # An export is an act, not a look: each one is noted.
    assert [(event.patient_id, event.details) for event in events] == [
        (PATIENT, {"patient_id": PATIENT, "rows": 3})
    ] * 2


def test_too_many_are_refused_and_counted_no_further(
    world: World, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_EXPORTED", 1)
    assert world.query_exports.count(SUPPORT, QueryFilters()) == 2
    with pytest.raises(InvalidInput, match="narrow the filters"):
        world.query_exports.rows(SUPPORT, QueryFilters())


@pytest.mark.parametrize(
    "pasted", ["Jane Smith", "aal2_1234", "https://us.test/ias/go/" + "x" * 43]
)
def test_what_is_no_id_is_not_noted(world: World, pasted: str) -> None:
    """The patient comes from the address of the page, where anything can stand."""
    filters = QueryFilters(patient_id=pasted)
    for read in (world.queries.search, world.query_exports.count, world.query_exports.rows):
        with pytest.raises(InvalidInput):
            read(SUPPORT, filters)
    with world.store.read() as session:
        assert session.exec(select(AuditEvent)).all() == []


def test_who_may_not_see_queries_gets_no_file(world: World, three: list[str]) -> None:
    with pytest.raises(NotPermitted):
        world.query_exports.rows(PRODUCT, QueryFilters())
    with pytest.raises(NotPermitted):
        world.query_exports.count(PRODUCT, QueryFilters())


def test_the_file_has_whole_ids_and_utc(world: World, three: list[str]) -> None:
    head, *rows = queries_csv(world.query_exports.rows(SUPPORT, QueryFilters())).splitlines()
    assert head.startswith('"id","request_id","patient_id"') and head.endswith('"sources"')
    assert [three[number] in row and PATIENT in row for number, row in enumerate(rows)] == [
        True
    ] * 3
    assert world.clock().isoformat() in rows[0]
    assert "hie: completed; lab: failed" in rows[-1]
