"""In a real browser: the addresses of first pages, and what the sidebar lists."""

import re

import pytest
from playwright.sync_api import Page, expect

from pages._ui.frame.places import PAGES
from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

SIDEBAR = {
    Role.SUPPORT: ["Patients", "Queries", "Bulk queries", "Outcomes", "Webhooks",
                   "Upstream calls"],
    Role.PRODUCT: ["Outcomes", "IAS audit"],
}  # fmt: skip

FILES = [page.file for page in PAGES]


@pytest.mark.parametrize(
    ("role", "asked", "heading", "reached"),
    [
        (Role.SUPPORT, "patients", "Patients", "/patients$"),
        (Role.SUPPORT, "patients?identity=Inactive", "Patients", r"/patients\?identity=Inactive"),
        (Role.SUPPORT, "", "Patients", "/patients$"),
        (Role.SUPPORT, "?identity=Inactive", "Patients", r"/patients\?identity=Inactive"),
        (Role.PRODUCT, "outcomes?period=7+days", "Outcomes", r"/outcomes\?period=7(\+|%20)days"),
        (Role.PRODUCT, "", "Outcomes", "/outcomes"),
    ],
)
def test_the_address_of_a_first_page_is_that_page(
    page: Page, program: Program, role: Role, asked: str, heading: str, reached: str
) -> None:
    page.context.add_cookies([program.cookie(role)])
    page.goto(f"{program.url}/{asked}")
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile(reached))
    expect(page.get_by_text("Page not found")).to_have_count(0)
    if role in SIDEBAR:
        links = page.get_by_test_id("stSidebarNavLink")
        assert [text.split("\n")[-1] for text in links.all_inner_texts()] == SIDEBAR[role]


@pytest.mark.parametrize("path", [file.removesuffix(".py") for file in FILES])
def test_every_page_answers_at_its_own_address(page: Page, program: Program, path: str) -> None:
    page.context.add_cookies([program.cookie(Role.ADMIN)])
    page.goto(f"{program.url}/{path}")
    expect(page.locator(".stMain h1, .stMain .stAlert").first).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile(f"/{path}$"))
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_a_page_that_the_role_has_not_says_so_at_its_own_address(
    page: Page, program: Program
) -> None:
    page.context.add_cookies([program.cookie(Role.PRODUCT)])
    page.goto(f"{program.url}/queries?status=Failed")
    expect(page.get_by_text("Your role, product, does not have this page.")).to_be_visible(
        timeout=30_000
    )
    expect(page).to_have_url(f"{program.url}/queries?status=Failed")
    expect(page.get_by_text("Page not found")).to_have_count(0)


@pytest.mark.parametrize("path", ["patient/deep/er", "nonsense", "webhooks/foo", "query/"])
def test_an_unknown_address_says_so_and_leads_on(page: Page, program: Program, path: str) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    answer = page.goto(f"{program.url}/{path}")
    assert answer is not None and answer.status == 404
    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    page.get_by_role("link", name="Go to the first page").click()
    expect(page.get_by_role("heading", name="Patients", exact=True)).to_be_visible(timeout=30_000)


def test_back_leads_out_of_the_first_page(page: Page, program: Program) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/queries")
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible(timeout=30_000)
    # The logo leads to `/`, which leads on to the first page.
    page.get_by_role("button", name="Navigate to home page").click()
    expect(page.get_by_role("heading", name="Patients", exact=True)).to_be_visible(timeout=30_000)
    page.go_back()
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible(timeout=30_000)
    expect(page).to_have_url(f"{program.url}/queries")


def test_a_first_page_shows_what_is_chosen_on_it(page: Page, program: Program) -> None:
    page.context.add_cookies([program.cookie(Role.PRODUCT)])
    page.goto(program.url)
    expect(page.get_by_role("heading", name="Outcomes", exact=True)).to_be_visible(timeout=30_000)
    expect(page.locator('[data-selected="true"]')).to_have_text(["30 days", "Day"])
