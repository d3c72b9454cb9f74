"""Completed queries whose records were counted to none, apart from those that found some."""

from datetime import UTC, datetime, timedelta

from services.outcomes.adoption.counting import PeopleCounting
from services.queries.filters import NO_RECORDS, QueryFilters
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, RecordRequest

START = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

COUNTS: dict[str, list[tuple[float, dict[str, int] | None]]] = {
    "some": [(1, {"Patient": 1})],
    "none": [(1, {})],
    "zeros": [(1, {"Patient": 0, "Observation": 0})],
    "not counted": [(1, None)],
    "before its end": [(-0.2, {})],
    "none, then some": [(1, {}), (2, {"Patient": 10})],
    "some, then none": [(1, {"Patient": 10}), (2, {})],
    "never": [],
}
"""What was counted so many hours after the end of each person's query."""


def fill(store: Store) -> None:
    """A completed query of each person, and a second one of somebody."""
    with store.write() as session:
        for number, (person, counts) in enumerate(COUNTS.items()):
            _add(session, person, person, START)
            session.add_all(
                RecordRequest(
                    id=f"{number}-{place}", patient_id=person, conversion_type="json",
                    status="completed", submitted_at=START + HOUR * (0.5 + hours),
                    counted_at=None if found is None else START + 9 * HOUR, resource_counts=found,
                )
                for place, (hours, found) in enumerate(counts)
            )  # fmt: skip
        # The fetch of "none" comes after a second query of the same person.
        _add(session, "second", "none", START + 0.6 * HOUR)


def _add(session: object, query_id: str, person: str, at: datetime) -> None:
    query = NetworkQuery(
        id=query_id, patient_id=person, purpose="ias", origin="dashboard", status="completed",
        submitted_at=at, finished_at=at + HOUR / 2,
    )  # fmt: skip
    session.add(query)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    source = QuerySource(
        query_id=query_id, type="hie", status="completed", completed_at=at + HOUR / 2
    )
    session.add(source)  # type: ignore[attr-defined]


def found(store: Store, outcome: str) -> set[str]:
    with store.read() as session:
        page = QueryFilters(outcome=outcome).listing(session).page(session, None)
        return {query.id for query in page.rows}


def test_a_fetch_tells_of_the_newest_query_before_it(store: Store) -> None:
    fill(store)
    none = found(store, NO_RECORDS)
    assert none == {"zeros", "second", "none, then some"}
    assert found(store, "completed") == {*COUNTS, "second"} - none


def test_the_charts_count_the_same(store: Store) -> None:
    fill(store)
    with store.read() as session:
        rows = PeopleCounting().read(session, sorted(COUNTS))
        cells = [
            cell
            for row in rows.values()
            for cell in row.counted["cells"]  # type: ignore[attr-defined]
            if cell[0] == "records"
        ]
    assert sum(cell[2][1] == "none" for cell in cells) == len(found(store, NO_RECORDS))
