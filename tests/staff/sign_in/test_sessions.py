"""Staff sessions: who is signed in by a cookie, until when, and what a mandate still may."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE, HOST_COOKIE, EndReason, StaffSessions
from services.store.tables import StaffSession
from tests.staff.sign_in.sign_in_desk import ALEX, LIMITS, SASHA, SignInDesk

JUST = timedelta(microseconds=1)


def test_a_cookie_says_who_acts(desk: SignInDesk) -> None:
    who = desk.who(desk.begin(SASHA, Role.SUPPORT))
    assert who is not None
    assert (who.id, who.name, who.role) == (SASHA.id, "Sasha Whitfield", Role.SUPPORT)
    assert who.session == desk.rows()[0].id and who.address == "10.0.0.7" and who.mandate == ""


def test_who_was_granted_several_roles_may_change_to_another(desk: SignInDesk) -> None:
    one = desk.who(desk.begin(SASHA, Role.SUPPORT))
    waiting = desk.begin(ALEX, Role.ADMIN, Role.SUPPORT)
    several = desk.who(desk.sign_ins.choose(waiting, Role.ADMIN))
    assert one is not None and not one.has_choice
    assert several is not None and several.has_choice


def test_the_cookie_stands_nowhere_in_the_log(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    assert len(token) >= 43
    assert token not in str([row.model_dump() for row in desk.rows()])
    assert token not in str([event.model_dump() for event in desk.events()])


@pytest.mark.parametrize(
    "odd",
    ["", " ", "x", "a" * 5000, "\x00", "\ud800", "ünïcode", "' OR 1=1 --", "%", "../../etc"],
)
def test_an_odd_cookie_is_nobody(desk: SignInDesk, odd: str) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    for forged in (odd, token + odd if odd else "", token[:-1], token.swapcase()):
        assert desk.who(forged) is None
        assert desk.sessions.ending(forged) is None


def test_the_hash_that_the_log_keeps_is_no_cookie(desk: SignInDesk) -> None:
    desk.begin(SASHA, Role.SUPPORT)
    assert desk.who(desk.rows()[0].token_hash) is None
    assert desk.who(desk.rows()[0].id) is None


def test_only_the_cookie_of_this_program_counts(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    assert desk.sessions.actor({"other": token}) is None
    by_https = StaffSessions(desk.store, desk.clock, LIMITS, HOST_COOKIE)
    # A page of a neighbouring host can set the plain name, and not this one.
    assert by_https.actor({COOKIE: token}) is None
    assert by_https.actor({HOST_COOKIE: token}) is not None


def test_a_session_of_a_clock_that_was_ahead_does_not_outlast_the_others(desk: SignInDesk) -> None:
    right = desk.clock.now
    desk.clock.now = right + timedelta(minutes=4)
    other_machine = desk.begin(SASHA, Role.SUPPORT)
    desk.clock.now = right + timedelta(days=400)
    wrong = desk.begin(ALEX, Role.ADMIN)
    admin = desk.who(wrong)
    assert admin is not None
    desk.clock.now = right
    assert desk.who(other_machine) is not None
    assert desk.who(wrong) is None and desk.sessions.ending(wrong) is EndReason.TOO_OLD
    assert not desk.sessions.may_act(admin)


def test_idle_for_the_limit_is_over_and_a_moment_less_is_not(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    desk.clock.now += LIMITS.max_idle - JUST
    assert desk.who(token) is not None and desk.sessions.ending(token) is None
    desk.clock.now += JUST
    assert desk.who(token) is None and desk.sessions.ending(token) is EndReason.IDLE


def test_as_old_as_the_limit_is_over_however_active(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    end = desk.clock.now + LIMITS.max_age
    while desk.clock.now < end - timedelta(minutes=10):
        desk.clock.forward(minutes=10)
        desk.sign_ins.touch(token)
    desk.clock.now = end - JUST
    assert desk.who(token) is not None
    desk.clock.now = end
    assert desk.who(token) is None and desk.sessions.ending(token) is EndReason.TOO_OLD


def test_reading_is_no_activity(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    actor = desk.who(token)
    assert actor is not None
    for _ in range(14):
        desk.clock.forward(minutes=1)
        assert desk.who(token) and desk.sessions.may_act(actor) and desk.sessions.find(token)
    desk.clock.forward(minutes=1)
    assert desk.who(token) is None and not desk.sessions.may_act(actor)


def test_what_is_left_is_counted_from_the_last_act_and_from_the_beginning(
    desk: SignInDesk,
) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    desk.clock.forward(minutes=5)
    desk.sign_ins.touch(token)
    desk.clock.forward(minutes=1)
    row = desk.sessions.find(token)
    assert row is not None
    left = desk.sessions.left(row)
    assert left.idle == timedelta(minutes=14)
    assert left.altogether == timedelta(hours=11, minutes=54)


@pytest.mark.parametrize("change", ["id", "role", "session"])
def test_an_actor_who_is_not_the_one_of_the_session_may_nothing(
    desk: SignInDesk, change: str
) -> None:
    sasha, alex = desk.actor(SASHA, Role.SUPPORT), desk.actor(ALEX, Role.ADMIN)
    assert desk.sessions.may_act(sasha)
    forged = replace(sasha, **{change: getattr(alex, change)})
    assert not desk.sessions.may_act(forged)
    assert not desk.sessions.may_act(replace(forged, mandate="run"))
    assert not desk.sessions.may_act(replace(sasha, session=""))


@pytest.mark.parametrize("end", ["sign_out", "idle", "too_old", "provider", "replaced"])
def test_a_mandate_outlasts_every_end_but_a_revocation(desk: SignInDesk, end: str) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    who = desk.who(token)
    assert who is not None
    mandate = replace(who, mandate="run")
    _end(desk, token, end)
    assert not desk.sessions.may_act(who)
    assert desk.sessions.may_act(mandate)


@pytest.mark.parametrize("over_before", [False, True])
def test_a_revocation_ends_a_mandate_also_of_a_session_that_is_over(
    desk: SignInDesk, over_before: bool
) -> None:
    admin = desk.actor(ALEX, Role.ADMIN)
    token = desk.begin(SASHA, Role.SUPPORT)
    who = desk.who(token)
    assert who is not None
    if over_before:
        desk.sign_ins.sign_out(token)
    desk.sign_ins.revoke(admin, who.session)
    assert not desk.sessions.may_act(replace(who, mandate="run"))


def test_a_strange_role_in_a_row_is_nobody_and_breaks_nothing(desk: SignInDesk) -> None:
    admin = desk.actor(ALEX, Role.ADMIN)
    token = desk.begin(SASHA, Role.SUPPORT)
    who = desk.who(token)
    assert who is not None
    with desk.store.write() as session:
        row = session.get_one(StaffSession, who.session)
        row.role, row.granted = "wizard", ["wizard", "support"]
        session.add(row)
    assert not desk.sessions.may_act(who) and desk.who(token) is None
    assert desk.sign_ins.choices(token) == [Role.SUPPORT]
    assert len(desk.sign_ins.open_sessions(admin)) == 2
    desk.sign_ins.revoke(admin, who.session)
    assert desk.reasons() == [None, "revoked"]


def test_a_strange_reason_in_a_row_is_no_reason(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.sign_out(token)
    assert desk.sessions.ending(token) is EndReason.SIGN_OUT
    with desk.store.write() as session:
        row = session.get_one(StaffSession, desk.rows()[0].id)
        row.end_reason = "magic"
        session.add(row)
    assert desk.sessions.ending(token) is None and desk.who(token) is None


def _end(desk: SignInDesk, token: str, how: str) -> None:
    if how == "sign_out":
        desk.sign_ins.sign_out(token)
    elif how == "idle":
        desk.clock.now += LIMITS.max_idle
    elif how == "too_old":
        desk.clock.now += LIMITS.max_age
        desk.sign_ins.sweep()
    elif how == "provider":
        desk.sign_ins.end_at_provider(SASHA.issuer, subject=SASHA.subject, sid=None)
    else:
        desk.begin(ALEX, Role.ADMIN, replaces=token)
