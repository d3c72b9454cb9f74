"""A gate with a log of its own."""

import pytest

from services.store import Store
from tests.clock import FakeClock
from tests.edge.gate_stage import DeskOfGate


@pytest.fixture
def gate_desk(store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> DeskOfGate:
    """The running program, as far as the gate needs it, on each database in turn."""
    made = DeskOfGate(store, clock)
    monkeypatch.setattr("services.desk._running", made)
    return made
