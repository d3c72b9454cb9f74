"""An auditor who is new to the tool: from "prove this query was allowed" to the PDF."""

import re
import time

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from services.staff.permissions import Role
from services.store import Store
from services.store.tables import Assessment
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

WORST = "td .badge.red"


@pytest.fixture(scope="module")
def judged(program: Program) -> Program:
    """The program, once its assessor has judged something serious."""
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    for _ in range(300):
        with store.read() as session:
            if session.exec(select(Assessment).where(Assessment.severity == 3)).first():
                break
        time.sleep(0.5)
    store.close()
    return program


def open_audit(page: Page, program: Program) -> None:
    """Sign in as a reviewer, and open the audit from the sidebar."""
    page.context.add_cookies([program.cookie(Role.COMPLIANCE)])
    page.goto(program.url)
    # The first page leads on by itself, and a press before would be lost.
    expect(page.locator(".list tbody tr").first).to_be_visible()
    page.get_by_role("link", name="IAS audit").click()
    expect(page.get_by_role("heading", name="IAS audit", level=1)).to_be_visible()
    expect(page.locator(WORST).first).to_be_visible()


def test_three_clicks_lead_to_the_packet(page: Page, judged: Program) -> None:
    open_audit(page, judged)
    # The first click was that of the sidebar.
    page.locator("a.row").first.click()
    expect(page.get_by_role("heading", name="Evidence of one IAS query")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Evidence packet (PDF)").click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF")


def test_the_chain_is_a_list_that_says_what_lacks_in_words(page: Page, judged: Program) -> None:
    open_audit(page, judged)
    page.get_by_text("Missing links").click()
    expect(page).to_have_url(re.compile("show=Missing"))
    page.locator("a.row").first.focus()
    page.keyboard.press("Enter")
    chain = page.get_by_role("list", name="Chain of evidence, link by link")
    expect(chain.get_by_role("heading")).to_have_count(10)
    expect(chain.get_by_role("listitem").filter(has_text="Missing").first).to_be_visible()
    # The overview leads to each link, and the heading has the focus then.
    lacking = page.get_by_role("button", name=re.compile("Missing. Go to this link")).first
    lacking.click()
    focused = "document.activeElement.shadowRoot?.activeElement ?? document.activeElement"
    assert page.evaluate(f"({focused}).tagName") == "H3"
    wide = "el => el.scrollWidth - el.clientWidth"
    assert page.get_by_test_id("stMain").evaluate(wide) == 0


def test_back_leads_to_the_list_as_it_was(page: Page, judged: Program) -> None:
    open_audit(page, judged)
    page.get_by_text("Missing links").click()
    expect(page).to_have_url(re.compile("show=Missing"))
    page.locator("a.row").first.click()
    page.get_by_role("link", name="IAS audit").last.click()
    expect(page).to_have_url(re.compile("show=Missing"))
    expect(page.locator("a.row").first).to_be_visible()
