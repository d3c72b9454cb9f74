"""What a period costs to read grows with the period, not with what the log holds."""

from datetime import timedelta

from services.store import Store
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.world import SUPPORT, World


def test_a_period_is_found_by_the_time_of_submission(sqlite_store: Store, clock: FakeClock) -> None:
    world = World(sqlite_store, clock)
    since = clock.now - timedelta(days=90)
    plan = plans_of(sqlite_store, lambda: world.outcomes.facts(SUPPORT, since, clock.now))
    assert_no_scan(plan)
    assert sum("ix_network_query_submitted_at" in step for step in plan) == 2
