"""The support desk's day in a real browser: ids, lost webhooks, bulk runs, and updates."""

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.browser.conftest import Program, started

pytestmark = pytest.mark.browser

PEOPLE = {one.scenario or one.trouble: one.patient for one in load_people()}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for all; each test is about somebody else."""
    with started(tmp_path_factory.mktemp("desk"), speed=20) as running:
        yield running


def log(program: Program, sql: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(program.data / "access-desk.db", timeout=10)) as database:
        found = database.execute(sql, values).fetchall()
        database.commit()
        return found


def open_as(page: Page, program: Program, role: Role, path: str) -> None:
    page.context.add_cookies([program.cookie(role)])
    page.goto(f"{program.url}/{path}")


PERSON = ".list tbody tr"
"""A row of the list of people; Playwright looks into its component."""


def search(page: Page, program: Program, typed: str) -> None:
    page.goto(program.url)
    field = page.get_by_label("Search", exact=True)
    expect(page.locator(PERSON).first).to_be_visible()
    field.fill(typed)
    page.keyboard.press("Enter")


def copier(page: Page, whole: str) -> Locator:
    """The button that copies an id, which the page shows shortened."""
    return page.get_by_role("button", name=f"Copy the id {whole}").first


def verdict(page: Page) -> Locator:
    return page.locator('[class*="st-key-verdict_"]').first


IDS = {
    "patient id": (None, "patient"),
    "external id": (None, "patient"),
    "request id": ("SELECT request_id, id FROM network_query WHERE request_id > ''", "query"),
    "message id": ("SELECT message_id, id FROM webhook_event WHERE request_id > ''", "message"),
    "ids_": ("SELECT session_id, patient_id FROM identity_session", "patient"),
    "pid_": ("SELECT proofed_identity_id, patient_id FROM proofed_identity", "patient"),
    "aalc_": ("SELECT challenge_id, patient_id FROM aal2_challenge", "patient"),
    "our own": ("SELECT id, id FROM network_query", "query"),
    "upstream request id": ("SELECT upstream_request_id, id FROM upstream_call", "call"),
}


@pytest.mark.parametrize("kind", IDS)
def test_each_kind_of_id_that_is_pasted_leads_to_its_page(
    page: Page, program: Program, kind: str
) -> None:
    open_as(page, program, Role.SUPPORT, "")
    expect(page.locator(PERSON).first).to_be_visible()
    sql, parameter = IDS[kind]
    somebody = PEOPLE["lab_fails"]
    if sql is None:
        typed, target = somebody["id" if kind == "patient id" else "externalId"], somebody["id"]
    else:
        typed, target = log(program, f"{sql} LIMIT 1")[0]
    search(page, program, f" {typed} ")
    expect(page).to_have_url(re.compile(rf"\?{parameter}={re.escape(target)}$"))
    expect(copier(page, target)).to_be_visible()
    # The thing itself may have a warning of its own, as people have who opted out.
    for told in ("cannot be shown", "Nothing has this id", "your role has no page"):
        expect(page.get_by_text(told)).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("019f6d19-e987-73ed-8493-000000000000", "Nothing has this id"),
        ("pid_019f6d19-e987-73ed-8493-000000000000", "Nothing has this id"),
        ("aal2_019f6d19-e987-73ed-8493-000000000000", "That is a person’s secret"),
        ("Nobody At All", "Nobody was found this way"),
    ],
)
def test_what_leads_nowhere_is_said(page: Page, program: Program, typed: str, told: str) -> None:
    open_as(page, program, Role.SUPPORT, "")
    search(page, program, typed)
    expect(page.get_by_text(told)).to_be_visible()
    assert urlsplit(page.url).path == "/patients" and typed not in page.url


def test_a_search_is_as_it_was_after_every_way_back(page: Page, program: Program) -> None:
    open_as(page, program, Role.SUPPORT, "patients?facility=Saguaro+Ridge+Medical+Center")
    search_field = page.get_by_label("Search", exact=True)
    expect(page.locator(PERSON).first).to_be_visible()
    search_field.fill("clinic or center")
    page.keyboard.press("Enter")
    # A press in the middle of a search would end it.
    expect(page.get_by_text("clinic or center")).to_be_visible()
    expect(page.get_by_text(re.compile("^1–25 of"))).to_be_visible()
    page.get_by_role("button", name="Next").click()
    place = page.get_by_text(re.compile("^26–50 of"))
    expect(place).to_be_visible()
    ways = (
        lambda: page.go_back(),
        lambda: page.get_by_test_id("stPageLink").first.click(),
        lambda: page.get_by_test_id("stSidebarNavLink").first.click(),
    )
    for way in ways:
        somebody = str(page.locator(PERSON).nth(2).get_attribute("data-key"))
        page.locator(PERSON).nth(2).click(position={"x": 500, "y": 12})
        expect(page).to_have_url(re.compile(f"/patient\\?patient={somebody}$"))
        expect(copier(page, somebody)).to_be_visible()
        way()
        expect(place).to_be_visible()
        expect(search_field).to_have_value("clinic or center")
        expect(page).to_have_url(re.compile(r"/patients\?facility=Saguaro[^&]*$"))


def test_a_lost_webhook_is_named_and_its_query_ends_all_the_same(
    page: Page, program: Program
) -> None:
    open_as(page, program, Role.ADMIN, "system")
    expect(page.get_by_text("Metriport accepts the API key")).to_be_visible()
    expect(page.get_by_text("checks failed")).to_have_count(0)
    _switch_on(page, "Webhooks are lost")
    patient_id = PEOPLE["source_not_started"]["id"]
    page.goto(f"{program.url}/patient?patient={patient_id}")
    _start_query(page)
    expect(verdict(page).locator(".stMarkdownBadge").get_by_text("Running")).to_be_visible()
    expect(verdict(page).locator(".stMarkdownBadge").get_by_text("Records to fetch")).to_be_visible(
        timeout=40_000
    )
    (query_id,) = log(
        program, "SELECT id FROM network_query WHERE patient_id = ? ORDER BY id DESC", patient_id
    )[0]
    # A message may take two minutes; as if these had passed.
    earlier = "UPDATE network_query SET finished_at = datetime(finished_at, '-3 minutes') "
    log(program, earlier + "WHERE id = ?", query_id)
    page.goto(f"{program.url}/webhooks")
    never = page.get_by_test_id("stMetric").filter(has_text="Never came")
    sources = log(program, "SELECT type FROM query_source WHERE query_id = ?", query_id)
    expect(never).to_contain_text(str(len(sources)))
    expect(page.get_by_role("heading", name="Never came")).to_be_visible()
    page.goto(f"{program.url}/system")
    page.get_by_role("button", name="Clear all faults").click()
    expect(page.get_by_text("until cleared")).to_have_count(0)


def _switch_on(page: Page, fault: str) -> None:
    page.get_by_role("combobox", name="What shall go wrong").click()
    page.keyboard.type(fault)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("until cleared").first).to_be_visible()


def _start_query(page: Page) -> None:
    page.get_by_role("button", name="Start treatment query").and_(
        page.locator(':not([class*="st-key-verdict"] *)')
    ).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").click()
    page.keyboard.type("Visit")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Start the query").click()
    expect(dialog).to_have_count(0)


def test_a_query_that_ends_while_the_viewer_is_elsewhere_is_told(
    page: Page, program: Program
) -> None:
    open_as(page, program, Role.SUPPORT, f"patient?patient={PEOPLE['records_failed']['id']}")
    _start_query(page)
    page.get_by_role("link", name="Outcomes").first.click()
    expect(page.get_by_test_id("stToast").filter(has_text="completed")).to_be_visible(
        timeout=40_000
    )


def test_a_list_is_checked_started_and_its_results_downloaded(
    page: Page, program: Program, tmp_path: Path
) -> None:
    ids = [PEOPLE[name]["id"] for name in ("query_rejected", "query_not_started", "aal2_used")]
    table = tmp_path / "people.csv"
    nobody = "019f6d19-e987-73ed-8493-000000000009"
    lines = ["\ufeffid;name", ids[0], "", ids[1], ids[0], "no id", f"{ids[2]};x", nobody]
    table.write_bytes("\r\n".join(lines).encode())
    open_as(page, program, Role.SUPPORT, "bulk")
    with page.expect_response(lambda answer: "upload_file" in answer.url):
        page.get_by_test_id("stFileUploader").locator("input").set_input_files(table)
    # The page tells the server what was uploaded once it has the answer.
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_text("3 people can be queried")).to_be_visible()
    expect(page.get_by_text("Lines without an id: 6")).to_be_visible()
    page.get_by_role("button", name="Start 3 queries").click()
    expect(page.get_by_text("Choose a reason.")).to_be_visible()
    for label, words in (("Reason", "Care gap"), ("Treating facility", "Harbor")):
        page.get_by_label(label).click()
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Start 3 queries").dblclick()
    expect(page.get_by_text("3 of 3 started")).to_be_visible(timeout=30_000)
    assert len(log(program, "SELECT id FROM bulk_run")) == 1
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["patient_id"] for row in rows] == ids
    assert all(row["request_id"] and not row["error"] for row in rows)
    assert all(datetime.fromisoformat(row["submitted_at_utc"]).utcoffset() == timedelta()
               for row in rows)  # fmt: skip


def test_a_timeline_entry_opens_what_it_tells(page: Page, program: Program) -> None:
    open_as(page, program, Role.SUPPORT, f"patient?patient={PEOPLE['aal2_declined']['id']}")
    expect(
        verdict(page).locator(".stMarkdownBadge").get_by_text("Challenge failed")
    ).to_be_visible()
    page.get_by_role("row").filter(has_text="Declined").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Status on return")).to_be_visible()
    expect(dialog.get_by_text("failed", exact=True)).to_be_visible()
