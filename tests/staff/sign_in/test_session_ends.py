"""Sessions that somebody else ends: the provider, an administrator, or the time."""

import pytest

from services.errors import NotInLog, NotPermitted, SignInEnded
from services.staff.members import StaffMember
from services.staff.permissions import Role
from services.staff.sign_in.sessions import EndReason
from services.store import Store
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.staff.sign_in.sign_in_desk import ALEX, LIMITS, SASHA, SignInDesk


def test_the_provider_ends_one_session_by_its_sid(desk: SignInDesk) -> None:
    first = desk.begin(SASHA, Role.SUPPORT, sid="a")
    second = desk.begin(SASHA, Role.SUPPORT, sid="b")
    other = StaffMember("https://other.test", "sasha", "Another Sasha")
    elsewhere = desk.begin(other, Role.SUPPORT, sid="a")
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject="alex", sid="a") == 0
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject=None, sid="a") == 1
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject=None, sid="a") == 0
    assert desk.sessions.ending(first) is EndReason.PROVIDER
    assert desk.who(second) is not None and desk.who(elsewhere) is not None


def test_a_change_of_the_role_keeps_the_sid(desk: SignInDesk) -> None:
    undecided = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN, sid="a")
    token = desk.choose(undecided, Role.ADMIN)
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject=None, sid="a") == 1
    assert desk.who(token) is None


def test_the_provider_ends_all_sessions_of_a_person(desk: SignInDesk) -> None:
    tokens = [desk.begin(SASHA, Role.SUPPORT, sid=sid) for sid in ("a", "b")]
    undecided = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN)
    of_alex = desk.begin(ALEX, Role.ADMIN, sid="a")
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject="sasha", sid=None) == 3
    assert [desk.who(token) for token in tokens] == [None, None]
    assert desk.sign_ins.choices(undecided) == [] and desk.who(of_alex) is not None


def test_the_provider_who_names_nobody_ends_nothing(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject=None, sid=None) == 0
    assert desk.sign_ins.end_at_provider(SASHA.issuer, subject="", sid="") == 0
    assert desk.who(token) is not None


def test_an_administrator_sees_who_is_signed_in(desk: SignInDesk) -> None:
    over = desk.begin(ALEX, Role.SUPPORT)
    desk.clock.forward(minutes=15)
    admin = desk.actor(ALEX, Role.ADMIN)
    desk.clock.forward(seconds=1)
    desk.begin(SASHA, Role.SUPPORT)
    desk.begin(SASHA, Role.SUPPORT, Role.PRODUCT)
    desk.sign_ins.sign_out(desk.begin(SASHA, Role.SUPPORT))
    shown = desk.sign_ins.open_sessions(admin)
    assert [(row.name, row.role) for row in shown] == [
        (SASHA.name, "support"),
        (ALEX.name, "admin"),
    ]
    assert desk.who(over) is None
    assert desk.acts()[-1] == ("sessions.view", "done")


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE, Role.PRODUCT])
def test_only_an_administrator_may_see_and_end_them(desk: SignInDesk, role: Role) -> None:
    who = desk.actor(SASHA, role)
    with pytest.raises(NotPermitted):
        desk.sign_ins.open_sessions(who)
    with pytest.raises(NotPermitted):
        desk.sign_ins.revoke(who, who.session)
    with pytest.raises(NotPermitted):
        desk.sign_ins.revoke_person(who, SASHA.id)
    assert desk.sessions.may_act(who)
    assert [outcome for _, outcome in desk.acts()] == ["done", "denied", "denied", "denied"]


def test_an_administrator_ends_one_session(desk: SignInDesk) -> None:
    admin = desk.actor(ALEX, Role.ADMIN)
    first, second = desk.begin(SASHA, Role.SUPPORT), desk.begin(SASHA, Role.SUPPORT)
    who = desk.who(first)
    assert who is not None
    desk.sign_ins.revoke(admin, who.session)
    assert desk.sessions.ending(first) is EndReason.REVOKED and desk.who(second) is not None
    end = desk.events()[-1]
    assert (end.action, end.actor_id, end.object_id) == ("session.end", ALEX.id, who.session)
    assert end.details == {"why": "revoked", "whose": SASHA.id}
    with pytest.raises(NotInLog):
        desk.sign_ins.revoke(admin, "no such session")
    # A second time changes nothing.
    desk.sign_ins.revoke(admin, who.session)
    assert desk.acts().count(("session.end", "done")) == 1


def test_an_administrator_ends_all_sessions_of_a_person(desk: SignInDesk) -> None:
    admin = desk.actor(ALEX, Role.ADMIN)
    tokens = [desk.begin(SASHA, Role.SUPPORT) for _ in range(2)]
    undecided = desk.begin(SASHA, Role.SUPPORT, Role.PRODUCT)
    signed_out = desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.sign_out(signed_out)
    assert desk.sign_ins.revoke_person(admin, SASHA.id) == 3
    assert [desk.who(token) for token in tokens] == [None, None]
    assert desk.sign_ins.choices(undecided) == []
    assert all(row.revoked_at for row in desk.rows() if row.staff_id == SASHA.id)
    assert desk.sign_ins.revoke_person(admin, SASHA.id) == 0
    assert desk.sign_ins.revoke_person(admin, "nobody#x") == 0
    assert desk.sessions.may_act(admin)


def test_an_administrator_whose_session_ended_ends_nobodys(desk: SignInDesk) -> None:
    admin, token = desk.actor(ALEX, Role.ADMIN), desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.revoke(admin, admin.session)
    with pytest.raises(SignInEnded):
        desk.sign_ins.revoke_person(admin, SASHA.id)
    assert desk.who(token) is not None
    assert desk.acts()[-1] == ("staff.sessions", "ended")


def test_sessions_over_their_limits_are_written_down(desk: SignInDesk) -> None:
    idle = desk.begin(SASHA, Role.SUPPORT)
    desk.clock.forward(minutes=14)
    fresh = desk.begin(ALEX, Role.ADMIN)
    assert desk.sign_ins.sweep() == 0
    desk.clock.forward(minutes=1)
    assert desk.sign_ins.sweep() == 1 and desk.sign_ins.sweep() == 0
    assert desk.reasons() == ["idle", None] and desk.who(fresh) is not None
    desk.clock.forward(hours=12)
    assert desk.sign_ins.sweep() == 1
    assert desk.reasons() == ["idle", "too_old"]
    assert desk.sessions.ending(idle) is EndReason.IDLE
    assert desk.acts().count(("session.end", "done")) == 2
    assert all(row.id_token is None and row.revoked_at is None for row in desk.rows())


def test_no_session_is_scanned(sqlite_store: Store, clock: FakeClock) -> None:
    desk = SignInDesk(sqlite_store, clock)
    admin, token = desk.actor(ALEX, Role.ADMIN), desk.begin(SASHA, Role.SUPPORT, sid="a")
    acts = [
        lambda: desk.who(token),
        lambda: desk.sessions.may_act(admin),
        lambda: desk.sign_ins.open_sessions(admin),
        lambda: desk.begin(SASHA, Role.SUPPORT, replaces=token),
        lambda: desk.sign_ins.end_at_provider(SASHA.issuer, subject=None, sid="a"),
        lambda: desk.sign_ins.revoke_person(admin, SASHA.id),
        lambda: desk.sign_ins.sweep(),
    ]
    for act in acts:
        assert_no_scan([step for step in plans_of(sqlite_store, act) if "staff_session" in step])


def test_what_is_tried_after_the_end_is_noted(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    session_id = desk.rows()[0].id
    desk.sign_ins.sign_out(token)
    desk.audit.note_after_end(session_id)
    desk.audit.note_after_end("no such session")
    event = desk.events()[-1]
    assert (event.action, event.outcome, event.actor_id) == ("page.act", "ended", SASHA.id)
    assert (event.session_id, event.object_id) == (session_id, session_id)


def test_which_of_some_sessions_are_over(desk: SignInDesk) -> None:
    lasts, ended = desk.begin(ALEX, Role.ADMIN), desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.sign_out(ended)
    first, second = (row.id for row in desk.rows())
    assert desk.sessions.ended_among([first, second]) == {second}
    assert desk.sessions.ended_among([]) == set()
    # What the log does not know does not last either.
    assert desk.sessions.ended_among(["x"]) == {"x"}
    desk.clock.now += LIMITS.max_idle
    assert desk.sessions.ended_among([first, second]) == {first, second}
    assert desk.who(lasts) is None
