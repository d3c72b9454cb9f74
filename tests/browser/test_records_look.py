"""Fetched records in a real browser: a reason, the list, the file, and the reviewer who sees it."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from services.records.looks import RECORD_REASONS
from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.browser.conftest import Program
from tests.browser.file_ways import look as look_for_files
from tests.browser.file_ways import settle, watched

pytestmark = pytest.mark.browser

PATIENT = next(one.patient["id"] for one in load_people() if not (one.trouble or one.scenario))
ROWS = ".list tbody tr"


@pytest.fixture
def admin(page: Page, program: Program) -> Page:
    """An administrator's window."""
    page.context.add_cookies([program.cookie(Role.ADMIN)])
    return page


@pytest.fixture
def reviewer(chromium: Browser, program: Program) -> Iterator[Page]:
    """A compliance reviewer's window."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.add_cookies([program.cookie(Role.COMPLIANCE)])
    yield context.new_page()
    context.close()


def fetch(page: Page, program: Program) -> None:
    """From the person's page to the records, which are fetched there."""
    page.goto(f"{program.url}/patient?patient={PATIENT}")
    # Not the next step above it, which has the same words for some people.
    page.locator(".st-key-records_fetch").get_by_role("button").click()
    page.get_by_role("link", name="Look at the records").click()
    expect(page.get_by_text("Can be looked at")).to_be_visible()


def show_list(page: Page) -> Locator:
    """Say why, and answer the rows of the list."""
    page.get_by_role("combobox", name="Reason").click()
    page.get_by_role("option", name=RECORD_REASONS[0], exact=True).click()
    page.get_by_role("textbox", name="Ticket (optional)").fill("SUP-77")
    page.get_by_role("button", name="Show the list").click()
    expect(page.locator(ROWS).first).to_be_visible()
    settle(page)
    return page.locator(ROWS)


def test_from_the_reason_over_the_list_and_the_file_to_the_reviewer(
    admin: Page, reviewer: Page, program: Program
) -> None:
    page = admin
    with watched(page) as ways:
        fetch(page, program)
        # Before the reason there is nothing of the records, and no way to a file.
        expect(page.locator(ROWS)).to_have_count(0)
        look_for_files(page, ways)
        assert ways.found == {}
        rows = show_list(page)
        listed = rows.count()
        titles = {row.split("\t")[0].strip() for row in rows.all_inner_texts()}
        assert listed > 5 and len(titles) > 3
        page.get_by_role("combobox", name="Type").click()
        page.get_by_role("option", name="Condition").click()
        # The choice counts once the menu closes. Escape would clear a field whose menu is closed.
        page.locator(".stMain h1").click()
        expect(page.locator(ROWS).first).to_contain_text("Condition")
        settle(page)
        kind = {row.split("\t")[1].strip() for row in page.locator(ROWS).all_inner_texts()}
        assert kind == {"Condition"}
        button = page.get_by_role("button", name="Download as JSON")
        with page.expect_download() as waiting:
            button.click()
        look_for_files(page, ways)
    bundle = json.loads(waiting.value.path().read_bytes())
    assert waiting.value.suggested_filename.endswith("Z.json")
    types = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    expect(page.get_by_text(f"{len(types):,} resources")).to_be_visible()
    # One button, and the one file that was asked for with it.
    (found,) = ways.found.values()
    kinds = {way.partition(" ")[0] for way in found}
    assert kinds <= {"stDownloadButton", "says", "response", "download", "a[download]"}
    assert len([way for way in found if way.startswith("download ")]) == 1

    # Nothing of the records stands in the log, nor in what the program wrote.
    kept = program.log_files() + program.output.read_bytes()
    long_enough = [title for title in titles if len(title) > 12]
    assert long_enough and not [title for title in long_enough if title.encode() in kept]

    reviewer.goto(f"{program.url}/ias_audit")
    settle(reviewer)
    # The sentence, and not the list's caption, which has no full stop.
    expect(reviewer.get_by_text("that no reviewer has seen.")).to_be_visible()
    waiting_rows = reviewer.get_by_role("row").filter(has_text="SUP-77")
    expect(waiting_rows).to_have_count(2)
    for row in waiting_rows.all():
        row.get_by_role("checkbox").check()
    reviewer.get_by_role("button", name="Mark 2 as seen").click()
    expect(waiting_rows).to_have_count(0)


def test_the_list_goes_with_the_page(admin: Page, program: Program) -> None:
    fetch(admin, program)
    show_list(admin)
    admin.reload()
    expect(admin.get_by_text("Can be looked at")).to_be_visible()
    settle(admin)
    expect(admin.locator(ROWS)).to_have_count(0)
