"""Nothing can be done in a staff session that is over: no act of any service, on no page."""

import pytest

from services.errors import SignInEnded
from services.staff.permissions import Role
from services.store import Store
from tests.clock import FakeClock
from tests.staff.acts import act_as, acts, last_event, noted, rows_beside_the_log_of_acts
from tests.staff_members import STAFF
from tests.store.everything import Everything
from tests.store.methods import METHODS

ADMIN = STAFF[Role.ADMIN]


@pytest.fixture
def world(store: Store, clock: FakeClock) -> Everything:
    """Everything has work to do, and the administrator's session has ended."""
    made = Everything(store, clock)
    made.fill()
    made.staff.over.add(ADMIN.session)
    return made


def test_every_act_is_called_here() -> None:
    assert acts() - set(METHODS) == set()


def test_no_act_of_any_service_does_anything_after_the_end(world: Everything) -> None:
    for name in sorted(acts()):
        before, asked = rows_beside_the_log_of_acts(world), len(world.requests)
        event = last_event(world)
        with pytest.raises(SignInEnded):
            act_as(world, name, ADMIN)
        assert rows_beside_the_log_of_acts(world) == before, name
        assert len(world.requests) == asked, name
        assert noted(world, event) == [(ADMIN.id, "ended", ADMIN.session)], name


def test_background_work_goes_on_without_anybody(world: Everything) -> None:
    """It acts for the program, so nobody's end stops it."""
    assert world.interpreter.interpret_waiting() >= 1
    assert world.reconciler.step() >= 1
    world.sweeper.step()
