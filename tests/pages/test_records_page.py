"""The page of fetched records: a reason first, then the list; of which nothing stays."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.records.looks import RECORD_REASONS
from services.staff.permissions import Role
from services.store.tables import RecordLook, RecordRequest
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list
from tests.staff_members import STAFF
from tests.waiting import until

ADMIN = STAFF[Role.ADMIN]


def fetch(desk: Desk, patient_id: str) -> None:
    """Have a person's records fetched, and wait until they can be looked at."""
    row = desk.records.fetch(ADMIN, patient_id)

    def has_come() -> bool:
        offer = desk.record_contents.offered(ADMIN, patient_id)
        return offer is not None and offer.request.id == row.id and offer.until is not None

    until(has_come)


@pytest.fixture
def person(running_desk: Desk, fresh_person: str) -> Iterator[str]:
    """Somebody whose records were fetched a moment ago."""
    fetch(running_desk, fresh_person)
    yield fresh_person


def look(at: AppTest, reason: str = RECORD_REASONS[0], ticket: str = "SUP-1") -> AppTest:
    at.selectbox(key="records_reason").select(reason)
    at.text_input(key="records_ticket").input(ticket)
    (button,) = [one for one in at.button if one.label == "Show the list"]
    return button.click().run()


def titles(at: AppTest) -> list[str]:
    """The titles of the resources that are listed; none without a list."""
    return shown_list(at, "records").column("Title") if has_list(at, "records") else []


def looks_at(desk: Desk, patient_id: str) -> list[RecordLook]:
    with desk.store.read() as session:
        wanted = select(RecordLook).where(col(RecordLook.patient_id) == patient_id)
        return list(session.exec(wanted).all())


def test_the_reason_comes_first_and_what_is_noted_is_said(
    browser: Browser, running_desk: Desk, person: str
) -> None:
    at = browser.open(Role.ADMIN, "records.py", patient=person)
    assert not at.exception
    written = texts(at)
    assert "Can be looked at" in written and "What is noted, before anything is read" in written
    assert titles(at) == [] and not at.get("download_button")
    assert looks_at(running_desk, person) == []


def test_with_a_reason_the_list_comes_and_the_look_is_noted(
    browser: Browser, running_desk: Desk, person: str
) -> None:
    at = look(browser.open(Role.ADMIN, "records.py", patient=person))
    assert not at.exception and not at.error
    assert "resources" in texts(at) and len(titles(at)) > 5
    assert len(at.get("download_button")) == 1
    (noted,) = looks_at(running_desk, person)
    assert (noted.act, noted.reason, noted.ticket) == ("list", RECORD_REASONS[0], "SUP-1")
    # What is listed stands in no session state.
    kept = repr(at.session_state)
    assert not [title for title in titles(at) if title != "—" and title in kept]


@pytest.mark.parametrize(
    ("reason", "ticket", "complaint"),
    [
        (RECORD_REASONS[-1], "", "Name the ticket"),
        (RECORD_REASONS[0], "two words", "A ticket number"),
    ],
)
def test_without_good_grounds_nothing_is_read(
    browser: Browser, running_desk: Desk, person: str, reason: str, ticket: str, complaint: str
) -> None:
    at = look(browser.open(Role.ADMIN, "records.py", patient=person), reason, ticket)
    assert complaint in texts(at)
    assert titles(at) == [] and looks_at(running_desk, person) == []


def test_the_list_is_gone_once_the_page_is_drawn_anew(browser: Browser, person: str) -> None:
    at = look(browser.open(Role.ADMIN, "records.py", patient=person))
    assert titles(at)
    at.run()
    assert titles(at) == []


@pytest.fixture
def unfetched(running_desk: Desk) -> str:
    """Somebody whose records nobody has asked for, in the log's past neither."""
    with running_desk.store.read() as session:
        fetched = set(session.exec(select(RecordRequest.patient_id)).all())
    return next(one.id for one in running_desk.client.iter_patients() if one.id not in fetched)


def test_where_nothing_was_fetched_the_page_says_what_to_do(
    browser: Browser, running_desk: Desk, unfetched: str
) -> None:
    at = browser.open(Role.ADMIN, "records.py", patient=unfetched)
    assert "Nothing fetched" in texts(at)
    at = look(at)
    assert "No records were fetched for this person." in texts(at)
    at.button(key="records_fetch").click().run()
    assert not at.exception
    assert running_desk.records.of_patient(ADMIN, unfetched)


def test_an_administrator_finds_the_page_from_the_person_and_nobody_else(
    browser: Browser, person: str
) -> None:
    def links(role: Role) -> list[str]:
        at = browser.open(role, "patient.py", patient=person)
        return [one.proto.page for one in at.get("page_link") if "records" in one.proto.page]

    assert links(Role.ADMIN)
    assert not links(Role.SUPPORT) and not links(Role.COMPLIANCE)
