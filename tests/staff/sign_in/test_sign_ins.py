"""How staff sessions begin and end, and what the access log says of it."""

from datetime import timedelta

import pytest

from services.errors import InvalidInput, SignInEnded
from services.staff.members import StaffMember
from services.staff.permissions import Role
from services.staff.sign_in.sessions import EndReason
from tests.staff.sign_in.sign_in_desk import ALEX, BROWSER, LIMITS, SASHA, SignInDesk

OF_SASHA = "token of sasha"


def test_a_sign_in_is_kept_and_noted(desk: SignInDesk) -> None:
    desk.begin(SASHA, Role.SUPPORT, sid="sid-1")
    (row,) = desk.rows()
    assert (row.staff_id, row.issuer, row.subject) == (SASHA.id, SASHA.issuer, "sasha")
    assert (row.name, row.email, row.role) == (SASHA.name, SASHA.email, "support")
    assert (row.address, row.browser) == ("10.0.0.7", "Firefox on Linux")
    assert row.created_at == row.last_seen_at == desk.clock.now
    # The provider's token is a credential: only its cipher stands in the log.
    assert row.id_token and OF_SASHA.encode() not in row.id_token
    (event,) = desk.events()
    assert (event.action, event.outcome, event.actor_id) == ("sign_in", "done", SASHA.id)
    assert (event.session_id, event.role, event.address) == (row.id, "support", "10.0.0.7")
    assert event.details is None


def test_a_long_name_is_cut_and_signs_in_all_the_same(desk: SignInDesk) -> None:
    member = StaffMember("https://id.test", "long", "N" * 500, "e" * 500)
    who = desk.who(desk.begin(member, Role.SUPPORT))
    assert who is not None and 0 < len(who.name) <= 200
    assert desk.sessions.may_act(who)


def test_with_several_roles_nothing_may_be_done_until_one_is_chosen(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.PRODUCT, Role.SUPPORT)
    assert desk.who(token) is None and desk.acts() == []
    assert desk.sign_ins.choices(token) == [Role.SUPPORT, Role.PRODUCT]
    chosen = desk.choose(token, Role.PRODUCT)
    who = desk.who(chosen)
    assert who is not None and who.role is Role.PRODUCT
    assert chosen != token and desk.who(token) is None
    assert desk.reasons() == ["replaced", None]
    assert desk.acts() == [("session.end", "done"), ("sign_in", "done")]


def test_a_role_that_was_not_granted_cannot_be_chosen(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.PRODUCT, Role.SUPPORT)
    with pytest.raises(InvalidInput):
        desk.choose(token, Role.ADMIN)
    assert desk.reasons() == [None] and desk.acts() == []
    alone = desk.begin(ALEX, Role.SUPPORT)
    assert desk.sign_ins.choices(alone) == []
    with pytest.raises(SignInEnded):
        desk.choose(alone, Role.ADMIN)


def test_a_role_is_chosen_within_ten_minutes(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.PRODUCT, Role.SUPPORT)
    desk.clock.now += timedelta(minutes=10) - timedelta(microseconds=1)
    assert desk.sign_ins.choices(token)
    desk.clock.now += timedelta(microseconds=1)
    assert desk.sign_ins.choices(token) == []
    with pytest.raises(SignInEnded):
        desk.choose(token, Role.SUPPORT)


def test_a_choice_is_made_once(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.PRODUCT, Role.SUPPORT)
    desk.choose(token, Role.SUPPORT)
    with pytest.raises(SignInEnded):
        desk.choose(token, Role.PRODUCT)
    for odd in ("", "x", "\ud800"):
        assert desk.sign_ins.choices(odd) == []
        with pytest.raises(SignInEnded):
            desk.choose(odd, Role.SUPPORT)


def test_a_change_of_the_role_makes_no_session_younger(desk: SignInDesk) -> None:
    token = desk.choose(desk.begin(SASHA, Role.SUPPORT, Role.ADMIN), Role.SUPPORT)
    began = desk.rows()[0].created_at
    while desk.clock.now < began + timedelta(hours=11, minutes=50):
        desk.clock.forward(minutes=10)
        desk.sign_ins.touch(token)
    changed = desk.choose(token, Role.ADMIN)
    assert desk.who(token) is None and desk.who(changed) is not None
    # The provider's token moves on to the session that lasts, and to no other.
    assert [row.id_token is None for row in desk.rows()] == [True, True, False]
    desk.clock.now = began + LIMITS.max_age
    assert desk.who(changed) is None


def test_who_signs_in_at_the_same_browser_ends_the_session_before(desk: SignInDesk) -> None:
    first = desk.begin(SASHA, Role.SUPPORT)
    second = desk.begin(ALEX, Role.ADMIN, replaces=first)
    assert desk.who(first) is None and desk.who(second) is not None
    assert desk.sessions.ending(first) is EndReason.REPLACED
    end = desk.events()[1]
    assert (end.action, end.actor_id) == ("session.end", SASHA.id)
    assert end.details == {"why": "replaced", "whose": SASHA.id}


@pytest.mark.parametrize("odd", ["", "never there", "\ud800"])
def test_a_cookie_of_nobody_replaces_nothing(desk: SignInDesk, odd: str) -> None:
    first = desk.begin(SASHA, Role.SUPPORT)
    assert desk.who(desk.begin(SASHA, Role.SUPPORT, replaces=odd)) is not None
    assert desk.who(first) is not None


def test_a_role_that_a_later_sign_in_does_not_name_ends_and_is_revoked(desk: SignInDesk) -> None:
    admin = desk.begin(SASHA, Role.ADMIN)
    signed_out = desk.begin(SASHA, Role.ADMIN)
    desk.sign_ins.sign_out(signed_out)
    support, of_alex = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN), desk.begin(ALEX, Role.ADMIN)
    support = desk.choose(support, Role.SUPPORT)
    desk.begin(SASHA, Role.SUPPORT)
    assert desk.who(admin) is None and desk.sessions.ending(admin) is EndReason.ROLE_LOST
    assert desk.who(support) is not None and desk.who(of_alex) is not None
    revoked = {row.token_hash for row in desk.rows() if row.revoked_at}
    # Also the one that was over: a bulk run may go on in it.
    assert len(revoked) == 2
    assert desk.sessions.ending(signed_out) is EndReason.SIGN_OUT


def test_a_lost_role_cannot_be_chosen_in_an_older_session(desk: SignInDesk) -> None:
    undecided = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN, Role.PRODUCT)
    other = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN, Role.PRODUCT)
    decided = desk.choose(other, Role.SUPPORT)
    desk.begin(SASHA, Role.SUPPORT, Role.PRODUCT)
    assert desk.who(decided) is not None
    for token in (undecided, decided):
        assert desk.sign_ins.choices(token) == [Role.SUPPORT, Role.PRODUCT]
    for token in (undecided, decided):
        with pytest.raises((InvalidInput, SignInEnded)):
            desk.choose(token, Role.ADMIN)


def test_whoever_is_refused_loses_what_an_earlier_sign_in_gave(desk: SignInDesk) -> None:
    before, of_alex = desk.begin(SASHA, Role.SUPPORT), desk.begin(ALEX, Role.SUPPORT)
    undecided = desk.begin(SASHA, Role.SUPPORT, Role.ADMIN)
    desk.sign_ins.refuse(SASHA, "no role", BROWSER)
    assert desk.who(before) is None and desk.sign_ins.choices(undecided) == []
    assert desk.who(of_alex) is not None
    refused = desk.events()[-1]
    assert (refused.action, refused.outcome, refused.actor_id) == ("sign_in", "refused", SASHA.id)
    assert (refused.role, refused.session_id, refused.details) == ("", None, {"why": "no role"})


def test_what_a_person_does_keeps_the_session(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    for _ in range(10):
        desk.clock.forward(minutes=14)
        desk.sign_ins.touch(token)
    assert desk.who(token) is not None
    # Not an event each: the access log holds what was done, not that somebody moved a pointer.
    assert desk.acts() == [("sign_in", "done")]


def test_what_a_person_does_is_written_every_twenty_seconds_at_most(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    began = desk.clock.now
    desk.clock.forward(seconds=19)
    desk.sign_ins.touch(token)
    assert desk.rows()[0].last_seen_at == began
    desk.clock.forward(seconds=1)
    desk.sign_ins.touch(token)
    assert desk.rows()[0].last_seen_at == desk.clock.now


@pytest.mark.parametrize("minutes", [15, 60])
def test_nothing_wakes_a_session_that_is_over(desk: SignInDesk, minutes: int) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    desk.clock.forward(minutes=minutes)
    desk.sign_ins.touch(token)
    assert desk.who(token) is None
    signed_out = desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.sign_out(signed_out)
    desk.clock.forward(minutes=1)
    desk.sign_ins.touch(signed_out)
    assert desk.who(signed_out) is None
    desk.sign_ins.touch("")


def test_a_copied_cookie_is_worth_nothing_after_the_sign_out(desk: SignInDesk) -> None:
    token = desk.begin(SASHA, Role.SUPPORT)
    copied = str(token)
    assert desk.sign_ins.sign_out(token) == OF_SASHA
    assert desk.who(copied) is None
    assert desk.sessions.ending(copied) is EndReason.SIGN_OUT
    # A second time, and without a cookie, it is nothing: no second event either.
    assert desk.sign_ins.sign_out(copied) is None
    assert desk.sign_ins.sign_out("") is None
    assert desk.acts() == [("sign_in", "done"), ("session.end", "done")]
    assert desk.rows()[0].id_token is None


def test_a_sign_out_ends_one_browser_only(desk: SignInDesk) -> None:
    first, second = desk.begin(SASHA, Role.SUPPORT), desk.begin(SASHA, Role.SUPPORT)
    desk.sign_ins.sign_out(first)
    assert desk.who(second) is not None
