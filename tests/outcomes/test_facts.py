"""The facts that the charts of outcomes are drawn from."""

from services.outcomes.tables import headline
from tests.world import SUPPORT, World, answers


def test_outcomes_are_read_from_the_log(world: World) -> None:
    world.answer = answers("completed", hie="completed", lab="failed")
    world.start()
    now = world.clock.now
    world.clock.forward(hours=1)
    facts = world.outcomes.facts(SUPPORT, now, world.clock.now)
    assert headline(facts.queries).queries == 1
    assert sorted(facts.sources["status"]) == ["completed", "failed"]
    assert world.outcomes.facts(SUPPORT, world.clock.now, now).queries.empty
