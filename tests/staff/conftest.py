"""Staff sessions over an empty log."""

import pytest

from services.store import Store
from tests.clock import FakeClock
from tests.staff.sign_in.sign_in_desk import SignInDesk


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> SignInDesk:
    """Sign-ins and sessions over an empty log, on each database in turn."""
    return SignInDesk(store, clock)
