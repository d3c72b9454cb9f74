"""What the purge takes from the log stays counted, and the rollups still agree with the log."""

from datetime import timedelta

from sqlmodel import select

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.cubes import ACTIVE_MONTH, FUNNEL, SOURCE, STATUS
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.rollups.verifying import verify
from services.store import Store
from services.store.tables import NetworkQuery, PersonSteps
from tests.clock import FakeClock
from tests.compliance.retention.life import YEARS, Archive
from tests.outcomes.rollups.histories import counts_of


def test_what_is_purged_stays_counted(store: Store, clock: FakeClock) -> None:
    archive = Archive(store, clock)
    old = archive.live("old", YEARS + timedelta(days=100))
    archive.live("young", timedelta(days=100))
    folding, rollups = Folding(store, PeopleCounting()), Rollups(store, PeopleCounting())
    folding.finish()

    def counted() -> list[object]:
        since, end = old.at - timedelta(days=200), clock()
        cubes = (STATUS, SOURCE, FUNNEL, ACTIVE_MONTH)
        return [counts_of(rollups.counts(cube, [since], end, Part())) for cube in cubes]

    before = counted()
    assert all(before)
    assert archive.run()["network_query"] == 1
    assert counted() == before
    folding.finish()
    assert counted() == before
    with store.read() as session:
        assert [query.id for query in session.exec(select(NetworkQuery))] == ["young-query"]
        # Nothing of the person is left, so no row says how far they came.
        assert [row.patient_id for row in session.exec(select(PersonSteps))] == ["young-person"]
    lines = [line for checked in verify(store, PeopleCounting()) for line in checked.differences]
    assert lines == []
