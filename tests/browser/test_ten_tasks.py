"""Ten tasks of the desk, each with the clicks and the typed fields that it takes at most."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.browser.conftest import Program, started
from tests.browser.test_troubleshooting import log
from tests.patient import Patient

pytestmark = pytest.mark.browser

ROW = ".list tbody tr"
PEOPLE = {person.scenario or person.trouble: person.patient for person in load_people()}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("desk"), speed=20) as running:
        yield running


class Hands:
    """A member of the staff at a page: counts what they click and which fields they type in."""

    def __init__(self, page: Page, program: Program, role: Role, path: str) -> None:
        page.context.add_cookies([program.cookie(role)])
        page.goto(f"{program.url}/{path}")
        expect(page.locator(".stMain h1").first).to_be_visible()
        self.page, self.clicks, self.typed = page, 0, 0

    def click(self, name: str, where: Locator | None = None) -> None:
        """Press a button, by its name."""
        self.clicks += 1
        (where or self.page).get_by_role("button", name=name, exact=True).first.click()

    def open(self, row: Locator) -> None:
        """Open a row of a list."""
        self.clicks += 1
        row.click(position={"x": 400, "y": 12})

    def choose(self, field: str, option: str) -> None:
        """Choose an option of a field: two clicks."""
        self.clicks += 2
        # The menu of a list's columns has the same words.
        self.page.get_by_role("combobox", name=field, exact=True).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def type(self, field: str, text: str, where: Locator | None = None) -> None:
        """Type a text into a field."""
        self.typed += 1
        found = (where or self.page).get_by_label(field, exact=True).first
        found.fill(text)
        found.press("Tab")

    def pick(self, field: str, text: str, where: Locator) -> None:
        """Type the beginning of an option, and take the first one."""
        self.typed += 1
        where.get_by_label(field, exact=True).first.click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def search(self, text: str) -> None:
        """Type a text into the search of the Patients page, and press Search."""
        self.type("Search", text)
        self.click("Search")

    def effort(self) -> tuple[int, int]:
        """The clicks, and the fields that were typed in."""
        return self.clicks, self.typed


def verdict(page: Page) -> Locator:
    """What the page says of the person at its top."""
    return page.locator('[class*="st-key-verdict_"]').first


def unverified(program: Program, *without: str) -> Iterator[dict[str, Any]]:
    """Those whom nobody has sent a link, and who are in none of the tables `without`."""
    tables = ("proofed_identity", "identity_session", *without)
    known = {row[0] for name in tables for row in log(program, f"SELECT patient_id FROM {name}")}
    for person in load_people():
        if not (person.trouble or person.scenario or person.patient["id"] in known):
            yield person.patient


def reachable(program: Program) -> str:
    """The id of such an adult with an e-mail address and an authenticator app."""
    return next(
        patient["id"]
        for patient in unverified(program)
        if patient["dob"] < "2000"
        and any(contact.get("email") for contact in patient.get("contact", []))
        and int(patient["id"][-1], 16) % 3
    )


def test_find_a_person_from_part_of_a_name(page: Page, program: Program) -> None:
    hands = Hands(page, program, Role.SUPPORT, "patients")
    # The names are read ahead, gently, from the program's start on.
    _wait_until_names_are_read(hands)
    for part, name in (("szcz", "Szczepa"), ("dabrow", "browsk"), ("omalley", "O'Malley")):
        hands.search(part)
        expect(page.locator(ROW).filter(has_text=re.compile(name)).first).to_be_visible()
    assert hands.effort() == (3, 3)


def _wait_until_names_are_read(hands: Hands) -> None:
    for _ in range(30):
        hands.search("szcz")
        with suppress(AssertionError):
            found = hands.page.locator(ROW).filter(has_text="Szczepa").first
            expect(found).to_be_visible(timeout=1_000)
            break
    hands.clicks = hands.typed = 0


def test_tell_why_individual_access_is_blocked(page: Page, program: Program) -> None:
    # A person for whom nobody has queried yet: otherwise the query comes first.
    somebody = next(unverified(program, "network_query"))["id"]
    hands = Hands(page, program, Role.SUPPORT, f"patient?patient={somebody}")
    expect(verdict(page)).to_contain_text("verified")
    expect(verdict(page).get_by_role("button", name="Send verification link")).to_be_visible()
    assert hands.effort() == (0, 0)


def test_send_a_link_and_see_it_opened(page: Page, program: Program) -> None:
    person = reachable(program)
    hands = Hands(page, program, Role.SUPPORT, f"patient?patient={person}")
    contact = next(one.patient for one in load_people() if one.patient["id"] == person)
    expect(
        page.get_by_text(next(one["email"] for one in contact["contact"] if one.get("email")))
    ).to_be_visible()
    url = _make_link(hands, "Send verification link")
    assert hands.effort() == (4, 0)
    Patient().press_continue(url)
    step = page.locator('[class*="st-key-step_2_"]').first
    expect(step).to_contain_text("Opened")
    expect(page.locator(ROW).filter(has_text="opened").first).to_be_visible()
    assert hands.effort() == (4, 0)


def test_a_challenge_and_the_ias_query(page: Page, program: Program) -> None:
    person = reachable(program)
    hands = Hands(page, program, Role.SUPPORT, f"patient?patient={person}")
    patient = Patient()
    patient.do(_make_link(hands, "Send verification link"))
    expect(page.locator('[class*="st-key-step_2_"]').first).to_contain_text("Verified")
    hands.clicks = 0
    patient.do(_make_link(hands, "Send challenge"))
    assert hands.effort() == (4, 0)
    hands.click("Start IAS query", verdict(page))
    dialog = page.get_by_role("dialog")
    hands.click("Review", dialog)
    hands.click("Start the query", dialog)
    for step, state in ((3, "Satisfied"), (4, "Completed")):
        reached = page.locator(f'[class*="st-key-step_{step}_"]').first
        expect(reached).to_contain_text(state)
    assert hands.effort() == (7, 0)


def _make_link(hands: Hands, button: str) -> str:
    hands.click(button)
    dialog = hands.page.get_by_role("dialog")
    hands.click("Make the link", dialog)
    link = dialog.get_by_label("Link")
    expect(link).to_have_value(re.compile("/ias/go/"))
    url = link.input_value()
    hands.click("Copy", dialog)
    expect(dialog).to_contain_text("Copied")
    hands.click("Done", dialog)
    expect(dialog).to_have_count(0)
    return url


def test_tell_why_a_source_failed(page: Page, program: Program) -> None:
    hands = Hands(page, program, Role.SUPPORT, f"patient?patient={PEOPLE['lab_fails']['id']}")
    # Where Metriport gave a reason, it is told; where it gave none, that is.
    find = (
        "SELECT coalesce(s.error_message, 'gave no reason') FROM query_source s "
        "JOIN network_query q ON q.id = s.query_id "
        "WHERE q.patient_id = ? AND s.status = 'failed' ORDER BY q.submitted_at DESC LIMIT 1"
    )
    [(reason,)] = log(program, find, PEOPLE["lab_fails"]["id"])
    expect(verdict(page)).to_contain_text(reason)
    assert hands.effort() == (0, 0)


def test_find_a_request_from_an_e_mail(page: Page, program: Program) -> None:
    [(request, query)] = log(
        program, "SELECT request_id, id FROM network_query WHERE request_id > '' LIMIT 1"
    )
    hands = Hands(page, program, Role.SUPPORT, "patients")
    hands.search(f"“Request ID: {request}”,")
    expect(page).to_have_url(re.compile(f"/query\\?query={query}$"))
    assert hands.effort() == (1, 1)


def test_replay_a_webhook(page: Page, program: Program) -> None:
    failed = "webhooks?state=Failed"
    hands = Hands(page, program, Role.ADMIN, failed)
    hands.open(page.locator(ROW).first)
    hands.click("Replay")
    expect(page.get_by_text(re.compile("[Ii]n line"))).to_be_visible()
    assert hands.effort() == (2, 0)
    support = Hands(page, program, Role.SUPPORT, failed)
    support.open(page.locator(ROW).first)
    expect(page.get_by_text(re.compile("[Oo]nly an administrator can replay"))).to_be_visible()
    assert page.get_by_role("button", name="Replay").count() == 0


def test_export_last_months_ias_queries(page: Page, program: Program, tmp_path: Path) -> None:
    last = date.today().replace(day=1) - timedelta(days=1)
    hands = Hands(page, program, Role.COMPLIANCE, "queries")
    hands.choose("Purpose", "IAS")
    page.keyboard.press("Escape")
    for field, day in (("From", last.replace(day=1)), ("To (inclusive)", last)):
        hands.typed += 1
        page.get_by_label(f"year, {field}").click()
        page.keyboard.type(day.strftime("%Y%m%d"), delay=30)
        # Past the button of its calendar: a date counts once its field is left.
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(f"to={last}"))
    hands.click("Export")
    dialog = page.get_by_role("dialog")
    with page.expect_download() as download:
        hands.click("Download CSV", dialog)
    download.value.save_as(tmp_path / "queries.csv")
    with (tmp_path / "queries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 50 and {row["purpose"] for row in rows} == {"ias"}
    months = {row["submitted_at_utc"][:7] for row in rows}
    # A day of the viewer's zone may begin or end in the month beside it.
    assert f"{last:%Y-%m}" in months and len(months) <= 2
    assert all(len(row["id"]) == 36 for row in rows)
    [(noted,)] = log(program, "SELECT count(*) FROM audit_event WHERE action = 'queries.export'")
    assert noted == 1
    assert hands.effort() == (4, 2)


def test_create_a_patient(page: Page, program: Program) -> None:
    hands = Hands(page, program, Role.SUPPORT, "patients")
    hands.click("New patient")
    dialog = page.get_by_role("dialog")
    fields = {
        "First name": "Test",
        "Last name": "Newcomer",
        "Date of birth": "03/31/1973",
        "Sex at birth": "Female",
        "Facility": "Saguaro",
        "Street": "1 Main Street",
        "City": "Portland",
        "State": "Oregon",
        "ZIP": "97201-1234",
        "Telephone (optional)": "+1 (503) 555-0142",
    }
    for field, text in fields.items():
        if field in ("Sex at birth", "Facility", "State"):
            hands.pick(field, text, dialog)
        else:
            hands.type(field, text, dialog)
    hands.click("Look for a match and create", dialog)
    expect(page.get_by_role("heading", name="Test Newcomer")).to_be_visible()
    assert hands.clicks <= 2 and hands.typed <= 10
