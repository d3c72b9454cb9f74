"""The pages of the access log and the access review, as each role sees them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.staff.permissions import Role
from services.store.tables import AuditEvent, AuditSubject
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list
from tests.staff_members import STAFF

SUPPORT, COMPLIANCE = STAFF[Role.SUPPORT], STAFF[Role.COMPLIANCE]


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if one.label == label)


def newest(desk: Desk, action: str) -> AuditEvent:
    with desk.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == action)
        return session.exec(wanted.order_by(col(AuditEvent.seq).desc())).first()  # type: ignore[return-value]


def somebody_shown(desk: Desk) -> str:
    """A person whom a search of the past has shown."""
    with desk.store.read() as session:
        seen = select(AuditSubject.patient_id).join(AuditEvent)
        return session.exec(seen.where(AuditEvent.action == "patient.search")).first()  # type: ignore[return-value]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PRODUCT])
@pytest.mark.parametrize("page", ["access_log.py", "access_review.py"])
def test_others_have_no_such_page(
    browser: Browser, running_desk: Desk, role: Role, page: str
) -> None:
    at = browser.open(role, page)
    assert "does not have this page" in texts(at)
    assert not has_list(at, "events") and not has_list(at, "review")
    refused = newest(running_desk, "access_log.view")
    assert (refused.outcome, refused.actor_id) == ("denied", STAFF[role].id)


def test_the_first_start_has_a_past(browser: Browser) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py")
    assert not at.exception
    events = shown_list(at, "events")
    assert len(events) == 50
    assert events.column("What")[0] == "Looked at the access log"
    # The newest events are those of the other tests.
    at = browser.open(Role.COMPLIANCE, "access_log.py", order="oldest")
    past = set(shown_list(at, "events").column("What"))
    assert {"Opened the record", "Started a treatment query: asked of Metriport"} <= past


def test_filters_stand_in_the_address_by_id(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.ADMIN, "access_log.py", who="sandbox#Devon Akers", outcome="Asked")
    assert not at.exception and not at.warning
    events = shown_list(at, "events")
    assert set(events.column("Who")) == {"Devon Akers (Support)"}
    assert set(events.column("Outcome")) == {"Asked"}
    at.selectbox(key="access_log_who").select("sandbox#support").run()
    assert at.query_params["who"] in ("sandbox#support", ["sandbox#support"])
    assert set(shown_list(at, "events").column("Who")) == {"Sasha Whitfield (Support)"}


def test_an_unknown_member_of_the_staff_is_said_to_be(browser: Browser) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py", who="nobody#1")
    assert "has no event in the log" in texts(at)
    assert len(shown_list(at, "events")) == 50


def test_a_name_is_no_filter(browser: Browser) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py")
    at.text_input(key="about").set_value("Anna Smith").run()
    assert at.error and not at.exception
    assert "about" not in at.query_params


def test_a_ticket_finds_its_events_and_a_text_is_kept_out_of_the_address(
    browser: Browser, running_desk: Desk
) -> None:
    ticket = newest(running_desk, "queries.start").ticket or ""
    at = browser.open(Role.COMPLIANCE, "access_log.py", ticket=ticket)
    assert set(shown_list(at, "events").column("Why")) != {None} if ticket else True
    at.text_input(key="access_log_ticket").set_value("two words").run()
    assert at.error and "ticket" not in at.query_params


def test_everyone_who_looked_at_a_record(browser: Browser, running_desk: Desk) -> None:
    person = somebody_shown(running_desk)
    at = browser.open(Role.COMPLIANCE, "access_log.py", about=person)
    assert not at.exception
    people = shown_list(at, "who_saw")
    assert people.column("Who")[0] == COMPLIANCE.name
    assert all("who=" in address and "about=" in address for address in people.addresses)
    events = shown_list(at, "events")
    assert events.column("What")[0] == "Looked at who saw this person"
    assert any(told.startswith("Searched for people") for told in events.column("What"))
    assert newest(running_desk, "access_log.search").patient_id == person


def test_an_event_opens_in_full(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py", outcome="Asked")
    event = newest(running_desk, "queries.start")
    at.session_state["access_log_chosen"] = str(event.seq)
    at.run()
    assert not at.exception
    told = texts(at)
    assert event.hash in told and event.actor_id in told
    assert newest(running_desk, "access_log.view").object_id == str(event.seq)


def test_the_log_is_verified_on_the_page(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py")
    button(at, "Verify now").click().run()
    assert "The access log is whole" in texts(at)
    assert newest(running_desk, "audit.verify").outcome == "done"
    assert "Verified" in texts(browser.open(Role.ADMIN, "access_log.py"))


def test_a_persons_page_leads_to_who_looked(browser: Browser, running_desk: Desk) -> None:
    person = somebody_shown(running_desk)

    def links(role: Role) -> list[str]:
        at = browser.open(role, "patient.py", patient=person)
        return [one.label for one in at.button]

    assert "Who looked at this record" in links(Role.COMPLIANCE)
    assert "Who looked at this record" not in links(Role.SUPPORT)


def test_the_report_asks_for_a_reason(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.COMPLIANCE, "access_log.py", about=somebody_shown(running_desk))
    button(at, "Access report").click().run()
    (download,) = at.get("download_button")
    assert download.proto.label == "Download the report" and download.proto.disabled
    at.selectbox(key="access_report_reason").select("The person asked for it").run()
    assert not at.exception


def test_the_review_lists_everybody_in_each_role(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.COMPLIANCE, "access_review.py")
    assert not at.exception
    review = shown_list(at, "review")
    assert {"Sasha Whitfield", "Jonas Whitaker", "Carmen Okafor"} <= set(review.column("Who"))
    away = [
        name
        for name, use in zip(review.column("Who"), review.column("Use"), strict=True)
        if use == "90 days away"
    ]
    assert away == ["Jonas Whitaker"]
    assert "1 row has no sign-in in the last 90 days" in texts(at)
    assert all(address.startswith("/access_log?who=") for address in review.addresses)
    assert newest(running_desk, "access_review.view").at > running_desk.clock() - timedelta(hours=1)
