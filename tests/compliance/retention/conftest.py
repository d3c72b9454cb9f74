"""An archive on each database in turn."""

import pytest

from services.store import Store
from tests.clock import FakeClock
from tests.compliance.retention.life import Archive


@pytest.fixture
def archive(store: Store, clock: FakeClock) -> Archive:
    """An archive on each database in turn."""
    return Archive(store, clock)
