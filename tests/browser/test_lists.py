"""The list in a real browser: what a row opens, the way back, the keyboard, and rows that move."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.ids import new_id
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery
from tests.browser.conftest import Program, free_port, started
from tests.browser.slow_line import slow_line

pytestmark = pytest.mark.browser

LIST = ".list tbody tr"
"""A row of the list; Playwright looks into its component."""

FOCUSED = """() => {
  let element = document.activeElement
  while (element.shadowRoot) element = element.shadowRoot.activeElement
  return element.closest("tr")?.dataset.key ?? element.textContent
}"""


@pytest.fixture
def queries(page: Page, program: Program) -> Page:
    """The log of queries as support sees it."""
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/queries?status=Failed&order=oldest")
    expect(page.locator(LIST).first).to_be_visible()
    # A press while the page is still being drawn may meet a row that moves away.
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    return page


def key_of(page: Page, number: int) -> str:
    """The key of a row by its place on the page."""
    return str(page.locator(LIST).nth(number).get_attribute("data-key"))


def press(page: Page, number: int, **how: object) -> None:
    """Click into the middle of a row, beside every text."""
    page.locator(LIST).nth(number).click(position={"x": 500, "y": 12}, **how)  # type: ignore[arg-type]


def test_a_click_opens_the_row_and_every_way_back_finds_the_list_as_it_was(queries: Page) -> None:
    page, view = queries, "/queries?status=Failed&order=oldest"
    key = key_of(page, 3)
    press(page, 3)
    expect(page).to_have_url(re.compile(f"/query\\?query={key}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("query")
    page.go_back()
    expect(page.locator(f"{LIST}.last")).to_have_attribute("data-key", key)
    assert page.url.endswith(view)
    assert page.evaluate(FOCUSED) == key
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("query")
    page.locator(".stMain").get_by_role("link", name="Queries").click()
    expect(page.locator(f"{LIST}.last")).to_have_attribute("data-key", key)
    assert page.url.endswith(view)
    page.reload()
    expect(page.locator(f"{LIST}.last")).to_have_attribute("data-key", key)
    assert page.url.endswith(view)


def test_a_row_is_a_true_link(queries: Page) -> None:
    page = queries
    key = key_of(page, 2)
    link = page.locator(LIST).nth(2).get_by_role("link")
    expect(link).to_have_attribute("href", f"/query?query={key}")
    for how in ({"button": "middle"}, {"modifiers": ["Control"]}):
        with page.context.expect_page() as opened:
            press(page, 2, **how)
        expect(opened.value).to_have_url(re.compile(f"query={key}$"))
        opened.value.close()
    assert page.url.endswith("order=oldest")


def test_the_keyboard_walks_through_the_rows(queries: Page) -> None:
    page = queries
    page.locator(LIST).first.get_by_role("link").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == key_of(page, 1)
    page.keyboard.press("End")
    assert page.evaluate(FOCUSED) == key_of(page, page.locator(LIST).count() - 1)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Enter")
    expect(page.locator(f"{LIST} button.done").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key_of(page, 0)


def test_an_id_is_copied_without_a_clipboard_for_programs(queries: Page) -> None:
    page = queries
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.addEventListener('copy', () => { window.copied = true })")
    page.locator(LIST).first.hover()
    page.locator(LIST).first.locator("button.copy").first.click()
    expect(page.locator(f"{LIST} button.done").first).to_be_visible()
    assert page.evaluate("window.copied")


def test_columns_that_are_hidden_stay_hidden(queries: Page) -> None:
    page = queries
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Took").uncheck()
    page.get_by_label("Reason").check()
    headings = page.locator(".list thead th")
    expect(headings.filter(has_text="Took")).to_have_count(0)
    page.reload()
    expect(headings.filter(has_text="Reason")).to_be_visible()
    expect(headings.filter(has_text="Took")).to_have_count(0)


def test_the_list_is_turned_round_by_its_heading(queries: Page) -> None:
    page = queries
    oldest = key_of(page, 0)
    page.get_by_role("button", name="Submitted").click()
    expect(page).to_have_url(re.compile(r"/queries\?status=Failed$"))
    expect(page.locator(LIST).first).not_to_have_attribute("data-key", oldest)
    expect(page.get_by_role("columnheader", name="Submitted")).to_have_attribute(
        "aria-sort", "descending"
    )


RECORD = """() => {
  window.pressed = []
  window.opened = []
  document.addEventListener("pointerdown", event => {
    const row = event.composedPath().find(element => element.tagName === "TR")
    if (row?.dataset.key) window.pressed.push(row.dataset.key)
  }, true)
  history.pushState = (state, title, address) => {
    window.opened.push(new URL(address, location).searchParams.get("query"))
  }
}"""
"""Notes which row was under the pointer and what was opened, and stays on the page."""


@contextmanager
def stream_of_queries(program: Program, every: float) -> Iterator[None]:
    """New queries in the log, one after the other, as webhooks and colleagues bring them."""
    store, ended = Store(f"sqlite:///{program.data / 'access-desk.db'}"), threading.Event()

    def add() -> None:
        while not ended.wait(every):
            now = datetime.now(UTC)
            with store.write() as session:
                session.add(NetworkQuery(
                    id=new_id(now), patient_id="p-1", purpose="treatment", origin="external",
                    status="processing", submitted_at=now, next_check_at=now + timedelta(hours=1),
                ))  # fmt: skip

    thread = threading.Thread(target=add)
    thread.start()
    yield
    ended.set()
    thread.join()
    store.close()


@pytest.fixture
def far_program(tmp_path: Path) -> Iterator[Program]:
    """A program whose public address is at the end of a slow line."""
    slow = f"http://localhost:{free_port()}"
    with started(tmp_path, public_url=slow) as program, slow_line(program.url, slow, 0.8):
        yield program


def test_a_click_opens_the_row_that_was_seen_while_rows_come_in_over_a_slow_line(
    page: Page, far_program: Program
) -> None:
    url, near = far_program.public_url, far_program.url
    host = {"host": urlsplit(url).netloc}
    with stream_of_queries(far_program, 0.4):
        page.context.add_cookies([far_program.cookie(Role.SUPPORT)])
        # Scripts come fast: it is the page that is slow.
        page.route("**/static/**", lambda route: route.fulfill(response=route.fetch(
            url=route.request.url.replace(url, near), headers=route.request.headers | host
        )))  # fmt: skip
        page.goto(f"{url}/queries")
        expect(page.locator(LIST).first).to_be_visible(timeout=60_000)
        first = key_of(page, 0)
        page.evaluate(RECORD)
        press_rows(page, 50)
        pressed, opened = page.evaluate("[window.pressed, window.opened]")
        expect(page.locator(LIST).first).not_to_have_attribute("data-key", first)
    assert len(pressed) == 50
    assert opened == pressed


def press_rows(page: Page, presses: int) -> None:
    """Press so many rows, upwards, as rows go down: a row met twice would count as one press.

    What stands above the list may grow meanwhile, so each press asks first where the rows are.
    """
    for number in range(presses):
        step = number % 12
        page.wait_for_timeout(0 if step else 800)
        box = page.locator(".list tbody").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 500, box["y"] + 20 + 31 * (11 - step))
        page.mouse.down()
        # As long as a hand takes.
        page.wait_for_timeout(90)
        page.mouse.up()
        page.wait_for_timeout(160)
