"""In a real browser: no text from outside becomes a link, an image, a script, an icon, a title."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from services.staff.permissions import Role
from services.store import Store
from tests.browser.conftest import Program, started
from tests.pages.evil import EVIL, PEOPLE, VICTIM, fill_log, fill_sandbox

pytestmark = pytest.mark.browser

INVISIBLE = dict.fromkeys(map(ord, "\u2060\u2068\u2069\u200b\u202e"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with started(tmp_path_factory.mktemp("desk")) as running:
        fill_sandbox(running.data / "sandbox.db")
        yield running


@pytest.fixture(scope="module")
def ids(program: Program) -> dict[str, list[str]]:
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    found = fill_log(store, datetime.now(UTC))
    store.close()
    return found


def open_page(
    page: Page, program: Program, path: str, heading: str | None = None, *, rests: bool = True
) -> None:
    """Open a page and wait until it is drawn; one that follows open queries never rests."""
    page.context.add_cookies([program.cookie(Role.ADMIN)])
    page.goto(f"{program.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if heading:
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)
    if rests:
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=30_000
        )


def shown(text: str) -> str:
    return " ".join(text.translate(INVISIBLE).split())


def assert_nothing_came_alive(page: Page) -> None:
    # Lists of numbers lead to our own page, with what upstream wrote as a filter.
    links = 'a[href*="evil.example"]:not([href^="/queries?"]), a[href^="mailto:somebody"]'
    assert page.locator(links).count() == 0
    assert page.locator('.stMain img[src*="evil"], .stMain img[src="x"]').count() == 0
    assert page.locator(".stMain script").count() == 0
    # Three icons that no page of ours has, a formula, and a coloured word.
    assert page.locator('.stMain [aria-label="home icon"]').count() == 0
    assert page.locator(".stMain .katex, .stMain .stMarkdownColoredText a").count() == 0
    assert page.locator(".stMain h1").count() == 1
    names = page.locator(".stMain h2, .stMain h3").all_inner_texts()
    assert "heading" not in names
    assert page.locator(".stMain .stMarkdown li").count() == 0


def test_a_page_with_every_text_shows_each_of_them(
    page: Page, program: Program, ids: dict[str, list[str]]
) -> None:
    open_page(page, program, f"patient?patient={VICTIM}", "Timeline", rests=False)
    cards = page.locator('[class*="st-key-query_"]')
    expect(cards).to_have_count(len(EVIL), timeout=30_000)
    assert_nothing_came_alive(page)
    # Each card shows one text as the purpose, the status, the error, and of a source.
    for card, text in zip(map(shown, cards.all_inner_texts()), EVIL, strict=False):
        assert card.count(shown(text)) >= 5, text
    assert shown(page.get_by_role("heading", level=1).inner_text()) == shown(EVIL[0])


def unfold_numbers(page: Page) -> None:
    """Wait for every chart, and unfold its numbers, which are not there before."""
    expect(page.locator(".js-plotly-plot .main-svg text").first).to_be_attached()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    folds = page.locator("summary", has_text="The numbers")
    for number in range(4):
        folds.nth(number).click()
        expect(page.locator(".list table")).to_have_count(number + 1)


@pytest.mark.parametrize(
    "path", ["patients", "queries", "outcomes", "webhooks", "call?call={call}", "bulk?run={run}"]
)
def test_no_list_and_no_chart_lets_a_text_come_alive(
    page: Page, program: Program, ids: dict[str, list[str]], path: str
) -> None:
    # The text with a link in it.
    number = EVIL.index("<a href='https://evil.example'>x</a>")
    open_page(page, program, path.format(call=ids["call"][number], run=ids["run"][number]))
    if path == "outcomes":
        unfold_numbers(page)
    assert_nothing_came_alive(page)
    if path == "outcomes":
        legends = shown(" ".join(page.locator(".js-plotly-plot text").all_text_contents()))
        assert "<script>alert(1)</script>" in legends and "&lt;b&gt; &copy;" in legends
        assert page.locator(".js-plotly-plot a").count() == 0


@pytest.mark.parametrize("number", [3, 9, 13])
def test_a_persons_name_is_the_title_as_it_is(page: Page, program: Program, number: int) -> None:
    open_page(page, program, f"patient?patient={PEOPLE[number]}", "Timeline")
    assert shown(page.get_by_role("heading", level=1).inner_text()) == shown(EVIL[number])
    assert_nothing_came_alive(page)
