"""The status of webhook deliveries, read beside the pages."""

import httpx

from tests.world import World


def test_deliveries_are_looked_up_beside_the_page_and_never_waited_for(world: World) -> None:
    asked: list[httpx.Request] = []

    def status(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"webhookEnabled": True, "webhookRequestsFailed": 3})

    world.answer = status
    assert world.delivery_status.step() == 0
    assert world.delivery_status.status().webhook_requests_failed is None
    assert asked == []
    assert world.delivery_status.step() == 1
    assert world.delivery_status.status().webhook_requests_failed == 3
    world.clock.forward(seconds=31)
    assert world.delivery_status.status().webhook_requests_failed == 3
    world.answer = lambda _: httpx.Response(500)
    assert world.delivery_status.step() == 0
    world.clock.forward(minutes=5)
    assert world.delivery_status.status().webhook_requests_failed is None
    assert len(asked) == 1
