"""Events of the access log for tests, written as the program writes them."""

from dataclasses import replace
from typing import Any

from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

ANNA, BERT = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d", "0191b878-d0c4-7d82-8960-cb8cf9fe6c6e"
SAM = replace(make_actor("Sam Support", Role.SUPPORT), address="203.0.113.7")
CARLA = make_actor("Carla Compliance", Role.COMPLIANCE)
PRIYA = make_actor("Priya Product", Role.PRODUCT)


class Log:
    """An access log to write into, a minute between events."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.audit = Audit(store, clock, AlwaysSignedIn())

    def note(self, actor: Any, action: str, **event: Any) -> None:
        """Append one event."""
        self.clock.forward(minutes=1)
        self.audit.note(actor, action, **event)
