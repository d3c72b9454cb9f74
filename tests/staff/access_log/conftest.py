"""An access log on each database in turn."""

import pytest

from services.store import Store
from tests.clock import FakeClock
from tests.staff.access_log.events import Log


@pytest.fixture
def log(store: Store, clock: FakeClock) -> Log:
    """An empty access log."""
    return Log(store, clock)
