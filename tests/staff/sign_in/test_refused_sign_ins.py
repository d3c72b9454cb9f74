"""Sign-ins that failed before anybody was known: noted, but nobody fills the log with them."""

import pytest

from services.staff.sign_in.refused_sign_ins import RefusedSignIns
from tests.staff.sign_in.sign_in_desk import BROWSER, SignInDesk


@pytest.fixture
def refused(desk: SignInDesk) -> RefusedSignIns:
    return RefusedSignIns(desk.store, desk.audit, desk.clock)


def test_a_refused_sign_in_is_noted_without_who(desk: SignInDesk, refused: RefusedSignIns) -> None:
    assert refused.note("expired", BROWSER)
    (event,) = desk.events()
    assert (event.action, event.outcome, event.actor_id) == ("sign_in", "refused", "unknown")
    assert (event.address, event.details) == (BROWSER.address, {"why": "expired"})


def test_what_is_too_much_is_counted(desk: SignInDesk, refused: RefusedSignIns) -> None:
    noted = [refused.note("expired", BROWSER) for _ in range(100)]
    assert noted == [True] * 20 + [False] * 80
    desk.clock.forward(seconds=59)
    assert not refused.note("expired", BROWSER)
    desk.clock.forward(seconds=1)
    assert refused.note("wrong_state", BROWSER) and refused.note("expired", BROWSER)
    events = desk.events()
    assert len(events) == 22
    assert events[20].details == {"why": "wrong_state", "unnoted": 81}
    assert events[21].details == {"why": "expired"}
