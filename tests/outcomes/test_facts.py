"""The facts that the charts of outcomes are drawn from."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.outcomes.outcomes import OutcomeView
from services.outcomes.periods import days_between, period_of
from services.outcomes.tables import headline
from tests.world import SUPPORT, World, answers

UTC_ZONE = ZoneInfo("UTC")


def test_outcomes_are_read_from_the_log(world: World) -> None:
    world.answer = answers("completed", hie="completed", lab="failed")
    world.start()
    today = OutcomeView(period_of(1, world.clock(), UTC_ZONE), "hour", UTC_ZONE)
    assert headline(world.outcomes.status(SUPPORT, today).status).queries == 1
    sources = world.outcomes.sources(SUPPORT, today).sources
    assert sorted(sources["result"]) == ["completed", "failed"]
    tomorrow = world.clock().date() + timedelta(days=1)
    later = OutcomeView(days_between(tomorrow, tomorrow, world.clock(), UTC_ZONE), "day", UTC_ZONE)
    assert world.outcomes.status(SUPPORT, later).status.empty
