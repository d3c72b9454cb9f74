"""The access log in a real browser: from a person to who looked, an event, a check, and files."""

import io
import json
import re
from collections.abc import Iterator

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

ROWS = ".list tbody tr"


@pytest.fixture(params=["light", "dark"])
def compliance(
    request: pytest.FixtureRequest, chromium: Browser, program: Program
) -> Iterator[Page]:
    """A compliance reviewer's window, in each theme."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900},
        timezone_id="America/New_York",
        color_scheme=request.param,
    )
    context.set_default_timeout(60_000)
    context.add_cookies([program.cookie(Role.COMPLIANCE)])
    yield context.new_page()
    context.close()


def open_log(page: Page, program: Program, query: str = "") -> None:
    page.goto(f"{program.url}/access_log{query}")
    expect(page.get_by_role("heading", name="Access log")).to_be_visible()
    expect(page.locator(ROWS).first).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def download(page: Page, button: Locator) -> bytes:
    with page.expect_download() as waiting:
        button.click()
    return waiting.value.path().read_bytes()


def test_a_person_leads_to_who_looked_and_to_a_report(compliance: Page, program: Program) -> None:
    page = compliance
    open_log(page, program, "?action=Opened+the+record")
    page.locator(ROWS).first.click(position={"x": 500, "y": 12})
    page.get_by_role("dialog").get_by_role("link", name="Open the person").click()
    name = page.get_by_role("heading", level=1)
    expect(name).not_to_have_text("Access log")
    expect(page.get_by_role("heading", name="Individual access")).to_be_visible()
    person = name.inner_text()
    page.get_by_role("button", name="Who looked at this record").click()
    expect(page).to_have_url(re.compile(r"/access_log\?about=[0-9a-f-]{36}$"))
    expect(page.get_by_role("heading", name="Everyone who looked at this record")).to_be_visible()
    expect(page.get_by_text("Looked at who saw this person").first).to_be_visible()
    # A person's name stands in no address and on no row of the log.
    assert person not in page.content() and person not in page.url

    page.get_by_role("button", name="Access report").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Reason").click()
    page.get_by_role("option", name="The person asked for it", exact=True).click()
    button = dialog.get_by_role("button", name="Download the report")
    expect(button).to_be_enabled()
    reader = PdfReader(io.BytesIO(download(page, button)))
    told = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
    assert person in told and "Sandbox: invented data" in told and "Opened the record" in told


def test_the_log_is_verified_and_leaves_as_audit_events(compliance: Page, program: Program) -> None:
    page = compliance
    open_log(page, program, "?outcome=Asked")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The access log is whole")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("all that match")).to_be_visible()
    number = int(re.sub(r"\D", "", dialog.locator("strong").first.inner_text()))
    lines = download(page, dialog.get_by_role("button", name="Download FHIR AuditEvent"))
    made = [json.loads(line) for line in lines.splitlines()]
    assert len(made) == number > 50
    for resource in made:
        AuditEvent.model_validate(resource)
    page.keyboard.press("Escape")
    open_log(page, program)
    told = re.compile(r"Made a file of the access log: [\d,]+ rows, FHIR")
    expect(page.get_by_text(told).first).to_be_visible()


def test_the_review_leads_to_what_somebody_did(compliance: Page, program: Program) -> None:
    page = compliance
    page.goto(f"{program.url}/access_review")
    expect(page.get_by_text("90 days away")).to_be_visible()
    wide = "document.scrollingElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(wide)
    page.locator(ROWS).filter(has_text="Sasha Whitfield").click(position={"x": 500, "y": 12})
    expect(page).to_have_url(re.compile(r"/access_log\?who=sandbox%23support$"))
    expect(page.locator(ROWS).first).to_contain_text("Sasha Whitfield")
    assert page.evaluate(wide)
