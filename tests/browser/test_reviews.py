"""Reviewing by keyboard: a decision opens the next item, with the focus at its heading."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

NOTE = '=HYPERLINK("x")\n<img src=x onerror=alert(1)> **b** :material/home: [a](javascript:b)'


@pytest.fixture
def reviewer(program: Program, page: Page) -> Iterator[Page]:
    """The page of reviews in front of a compliance reviewer, once the queue is there."""
    page.context.add_cookies([program.cookie(Role.COMPLIANCE)])  # type: ignore[list-item]
    page.goto(f"{program.url}/reviews")
    # The sandbox's past is judged in the background after a first start.
    expect(page.locator(".list tbody tr").nth(5)).to_be_visible(timeout=120_000)
    yield page


def heading(page: Page) -> str:
    """The heading of the open item, which has the focus."""
    expect(page.locator(".st-key-review_heading :is(h1, h2)")).to_be_focused()
    return page.locator(".st-key-review_heading :is(h1, h2)").inner_text()


def item_of(page: Page) -> str:
    return page.url.partition("item=")[2].partition("&")[0]


def test_by_keyboard_from_item_to_item(reviewer: Page) -> None:
    page = reviewer
    page.locator(".list tbody tr a.row").nth(3).press("Enter")
    assert heading(page)
    first = item_of(page)
    page.keyboard.press("2")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.insert_text(NOTE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Decide")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("it waits for a second reviewer")).to_be_visible()
    page.wait_for_url(lambda url: first not in url)
    assert heading(page)
    second = item_of(page)
    # What is typed in the note is no key.
    page.keyboard.press("1")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("the item is closed")).to_be_visible()
    page.wait_for_url(lambda url: second not in url)
    assert heading(page)
    third = item_of(page)
    page.keyboard.press("n")
    page.wait_for_url(lambda url: third not in url)
    assert heading(page)


def test_two_reviewers_at_one_item(program: Program, reviewer: Page, chromium: Browser) -> None:
    """The second one sees the decision come, is told of it, and keeps what they have typed."""
    elsewhere = reviewer.locator(".list tbody tr", has_text="Elsewhere").locator("a.row")
    elsewhere.last.press("Enter")
    assert heading(reviewer)
    other = chromium.new_context(viewport={"width": 1280, "height": 900})
    other.add_cookies([program.cookie(Role.ADMIN)])  # type: ignore[list-item]
    page = other.new_page()
    page.goto(reviewer.url)
    page.get_by_role("textbox", name="Note").fill("what I think")
    page.get_by_role("radio", name="Not justified").click()
    reviewer.keyboard.press("2")
    expect(reviewer.get_by_role("textbox", name="Note")).to_be_focused()
    reviewer.keyboard.insert_text(NOTE)
    reviewer.get_by_role("button", name="Decide").click()
    expect(reviewer.get_by_text("it waits for a second reviewer")).to_be_visible()
    expect(page.get_by_text('=HYPERLINK("x")')).to_be_visible()
    expect(page.get_by_text("<img src=x onerror=alert(1)> **b** :material/home:")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Carmen Okafor has just decided: not justified.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("what I think")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("the item is closed")).to_be_visible()
    other.close()
