"""From the Adoption page to the people who stopped at a step, and what product sees of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser


def test_a_step_leads_to_its_people_and_a_person(program: Program, page: Page) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])  # type: ignore[list-item]
    page.goto(program.url + "/adoption?period=12+months")
    expect(page.get_by_role("heading", name="Funnel")).to_be_visible()
    page.get_by_role("link", name="Link opened").click()
    expect(page.get_by_role("heading", name=re.compile("Went no further"))).to_be_visible()
    expect(page).to_have_url(re.compile("stopped=opened"))
    people = page.get_by_role("table", name="People who went no further")
    first = people.get_by_role("link").first
    name = first.inner_text()
    first.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/patient"))


def test_product_sees_numbers_and_no_way_to_people(program: Program, page: Page) -> None:
    page.context.add_cookies([program.cookie(Role.PRODUCT)])  # type: ignore[list-item]
    page.goto(program.url + "/adoption?period=6+months&stopped=opened")
    expect(page.get_by_role("heading", name="By facility")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Went no further"))).to_have_count(0)
    expect(page.get_by_role("table", name="Steps")).to_be_visible()
    expect(page.get_by_role("table", name="Steps").get_by_role("link")).to_have_count(0)


def test_somebody_is_marked_as_a_test_and_taken_back(program: Program, page: Page) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])  # type: ignore[list-item]
    page.goto(program.url + "/adoption?period=12+months&stopped=opened")
    people = page.get_by_role("table", name="People who went no further")
    people.get_by_role("link").first.click()
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_text("Mark as a test person").click()
    page.get_by_role("button", name="Mark them").click()
    expect(page.get_by_text("Charts leave them out")).to_be_visible()
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_text("No test person any more").click()
    page.get_by_role("button", name="Take the mark back").click()
    expect(page.get_by_text("Charts leave them out")).to_have_count(0)
