"""What a period costs to read grows with the period, not with what the log holds."""

from zoneinfo import ZoneInfo

from services.outcomes.outcomes import OutcomeView
from services.outcomes.periods import period_of
from services.store import Store
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.world import SUPPORT, World


def test_a_period_is_found_by_its_days(sqlite_store: Store, clock: FakeClock) -> None:
    world, zone = World(sqlite_store, clock), ZoneInfo("America/New_York")
    view = OutcomeView(period_of(90, clock.now, zone), "day", zone)

    def read() -> None:
        world.outcomes.first_day(SUPPORT)
        world.outcomes.status(SUPPORT, view)
        world.outcomes.sources(SUPPORT, view)

    plan = plans_of(sqlite_store, read)
    # What waits to be folded is looked through as a whole: an index holds it alone.
    assert_no_scan([step for step in plan if "ix_log_change_waiting" not in step])
    assert any("SEARCH rollup USING PRIMARY KEY" in step for step in plan)
