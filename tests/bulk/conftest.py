"""A world with bulk runs over an empty log."""

import httpx
import pytest

from services.store import Store
from tests.bulk.desks import Desks
from tests.clock import FakeClock


@pytest.fixture
def desks(store: Store, clock: FakeClock) -> Desks:
    made = Desks(store, clock)
    numbers = iter(range(1000))

    def unique(_: httpx.Request) -> httpx.Response:
        body = {"requestId": f"r-{next(numbers)}", "status": "processing", "sources": []}
        return httpx.Response(200, json=body)

    made.answer = unique
    return made
