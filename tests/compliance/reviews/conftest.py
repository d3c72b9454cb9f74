"""The review queue over an empty log, on each database in turn."""

import pytest

from services.store import Store
from tests.clock import FakeClock
from tests.compliance.reviews.stage import ReviewStage


@pytest.fixture
def stage(store: Store, clock: FakeClock) -> ReviewStage:
    """The queue over an empty log."""
    return ReviewStage(store, clock)
