"""Who looks on: what a browser session keeps of one viewer, and what another one sees of it."""

import re
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from pages._ui.frame import viewer
from services.desk import Desk, desk
from services.staff.looks import ONE_LOOK
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Actor, Role
from services.store.tables import AuditEvent, StaffSession
from tests.desk import FakeSignIn
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list
from tests.staff_members import STAFF

PAGES = Path(__file__).parents[2] / "pages"


def _searches(desk: Desk) -> int:
    with desk.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "patient.search")
        return len(session.exec(wanted).all())


def _ended_acts(desk: Desk) -> list[tuple[str, str]]:
    """What was tried after the end of a session, and in whose."""
    with desk.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.outcome) == "ended")
        rows = session.exec(wanted.order_by(col(AuditEvent.seq))).all()
    return [(row.action, row.actor_id) for row in rows]


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.PRODUCT, None])
def test_whoever_comes_next_sees_nothing_of_the_one_before(
    browser: Browser, sign_in: FakeSignIn, role: Role | None
) -> None:
    """A browser that lost its connection goes on in its session, with the cookies of now."""
    at = browser.open(Role.SUPPORT, "patients.py")
    assert has_list(at, "patients")
    sign_in.who = STAFF[role] if role else None
    at.run()
    assert "Your sign-in has ended" in texts(at) and not has_list(at, "patients")
    assert "patients_results" not in at.session_state and "_remembered" not in at.session_state
    # Nor does the session come back to the one before.
    sign_in.who = STAFF[Role.SUPPORT]
    assert "Your sign-in has ended" in texts(at.run())


def test_the_same_person_in_a_new_session_goes_on(browser: Browser, sign_in: FakeSignIn) -> None:
    """A browser that lost its connection comes back after its person has signed in again."""
    at = browser.open(Role.SUPPORT, "patients.py")
    sign_in.who = replace(STAFF[Role.SUPPORT], session="session-of-later")
    with _open(sign_in.who):
        at.run()
        assert has_list(at, "patients") and "Your sign-in has ended" not in texts(at)
        assert at.session_state["viewer"].session == "session-of-later"


def test_the_way_back_leads_to_where_one_was(browser: Browser, sign_in: FakeSignIn) -> None:
    at = browser.open(Role.SUPPORT, "query.py", query="q-1")
    at.context = {**at.context, "url": "http://localhost:8501/query"}
    sign_in.who = None
    at.run()
    assert 'href="/sign-in?next=%2Fquery%3Fquery%3Dq-1"' in _sign_in_link(at)
    # What the page does later does not change it.
    at.query_params.clear()
    assert "query%3Dq-1" in _sign_in_link(at.run())


@pytest.mark.parametrize("act", ["an act", "a look of a live part"])
def test_a_session_that_ends_while_a_page_is_drawn_leaves_nothing_on_it(
    browser: Browser, running_desk: Desk, sign_in: FakeSignIn, act: str
) -> None:
    """The page is allowed in, and the service that it asks is not any more."""
    who = replace(STAFF[Role.SUPPORT], session="session-soon-over")
    at = browser.open(Role.SUPPORT, "bulk.py" if act == "an act" else "queries.py")
    with _open(who):
        sign_in.who = who
        at.run()
        assert not at.exception and "Your sign-in has ended" not in texts(at)
    at.run()
    assert "Your sign-in has ended" in texts(at)
    assert not has_list(at, "queries") and len(at.title) == 1
    assert literal_eval(str(at.session_state)) == {"signed_out": True, "came_from": "/sign-in"}
    assert _ended_acts(running_desk)[-1][1] == who.id


@contextmanager
def _open(desk_actor: Actor) -> Iterator[None]:
    """A session of the actor that ends with the block."""
    member = SANDBOX_STAFF[desk_actor.role]
    now = desk().clock()
    with desk().store.write() as session:
        session.add(
            StaffSession(
                id=desk_actor.session,
                token_hash=desk_actor.session,
                staff_id=member.id,
                issuer=member.issuer,
                subject=member.subject,
                name=member.name,
                role=desk_actor.role.value,
                granted=[],
                created_at=now,
                last_seen_at=now,
            )
        )
    yield
    with desk().store.write() as session:
        session.delete(session.get_one(StaffSession, desk_actor.session))


def _sign_in_link(at: AppTest) -> str:
    """Where the page of an ended sign-in leads."""
    return "".join(str(element.proto.body) for element in at.get("html"))


def test_people_of_an_earlier_look_are_read_and_noted_anew(
    browser: Browser, running_desk: Desk
) -> None:
    at = browser.open(Role.SUPPORT, "patients.py")
    before = _searches(running_desk)
    assert len(shown_list(at.run(), "patients")) == 25 and _searches(running_desk) == before
    results = at.session_state["patients_results"]
    object.__setattr__(results, "read_at", results.read_at - ONE_LOOK - timedelta(seconds=1))
    assert len(shown_list(at.run(), "patients")) == 25
    assert _searches(running_desk) == before + 1


class Rerun(Exception):
    """What `st.rerun` raises here."""


@pytest.mark.parametrize("who", [STAFF[Role.ADMIN], None])
def test_a_part_without_the_shell_does_nothing_for_somebody_else(
    running_desk: Desk, sign_in: FakeSignIn, monkeypatch: pytest.MonkeyPatch, who: object
) -> None:
    def rerun() -> None:
        raise Rerun

    session: dict[str, object] = {"viewer": STAFF[Role.SUPPORT]}
    monkeypatch.setattr(viewer.st, "session_state", session)
    monkeypatch.setattr(viewer.st, "rerun", rerun)
    pressed: list[str] = []
    press = viewer.while_signed_in(pressed.append)
    sign_in.who = STAFF[Role.SUPPORT]
    press("by support")
    sign_in.who = who  # type: ignore[assignment]
    before = _ended_acts(running_desk)
    with pytest.raises(Rerun):
        press("by somebody else")
    # Nor when the one before is back.
    sign_in.who = STAFF[Role.SUPPORT]
    with pytest.raises(Rerun):
        press("by support again")
    assert pressed == ["by support"]
    # Noted once: what the page does from then on is no attempt of anybody's.
    assert _ended_acts(running_desk) == [*before, ("page.act", STAFF[Role.SUPPORT].id)]


def test_every_dialog_and_live_part_asks_who_is_there() -> None:
    alone = [
        line.strip()
        for path in PAGES.glob("**/*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\bst\.(dialog|fragment)\b", line)
    ]
    assert alone and all("(while_signed_in(" in line for line in alone), alone


def test_a_press_in_a_dialog_still_acts(browser: Browser) -> None:
    at: AppTest = browser.open(Role.SUPPORT, "patients.py")
    next(one for one in at.button if one.label == "New patient").click().run()
    assert not at.exception and any(one.label == "Cancel" for one in at.button)
