"""The charts in a real browser: nothing lies over anything, and marks open what they count."""

import re

import pytest
from playwright.sync_api import Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

CHARTS = 5
ERRORS = 3
"""The place of the chart of errors."""

PAGE = 50
"""Rows of a page of the list."""

ROW = ".list tbody tr"

# Every text, legend and plot of the page, and what of it lies over what. One pixel is rounding.
OVERLAPS = """() => {
  const boxes = selector => [...document.querySelectorAll(selector)].map(element => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    return { left, right, top, bottom, name: element.textContent.trim() || selector }
  }).filter(box => box.right - box.left > 1 && box.bottom - box.top > 1)
  const over = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1
  const texts = boxes('.js-plotly-plot text')
  const legends = boxes('ul[aria-label=Legend] li')
  const plots = boxes('.js-plotly-plot')
  const marks = boxes('.js-plotly-plot .barlayer .point path')
  const found = []
  const compare = (ones, others) => ones.forEach((one, place) => others.forEach((other, at) => {
    if ((ones !== others || place < at) && over(one, other)) found.push([one.name, other.name])
  }))
  compare(texts, texts)
  compare(legends, legends)
  compare(legends, plots)
  compare(texts, marks)
  return { found, texts: texts.length, legends: legends.length, marks: marks.length }
}"""


def open_outcomes(page: Page, program: Program, query: str = "") -> None:
    """Open the page and wait until every chart of it is drawn and rests."""
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/outcomes?{query}")
    expect(page.get_by_role("heading", name="Outcomes", exact=True)).to_be_visible()
    for _ in range(20):
        # At a first start the log is counted day by day.
        expect(page.get_by_text("compared with")).to_be_visible()
        if not page.get_by_text("The log is being counted").is_visible():
            break
        page.wait_for_timeout(2000)
        page.reload()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(CHARTS)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    # A chart that is being drawn takes no click.
    page.wait_for_timeout(1000)


@pytest.mark.parametrize("width", [1280, 700])
@pytest.mark.parametrize("query", ["period=7+days", "period=90+days&bucket=Day"])
def test_no_legend_title_axis_or_mark_lies_over_another(
    page: Page, program: Program, query: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    open_outcomes(page, program, query)
    seen = page.evaluate(OVERLAPS)
    for _ in range(20):
        if seen["found"] == []:
            break
        # Plotly measures its labels, and draws once more with the room that they take.
        page.wait_for_timeout(500)
        seen = page.evaluate(OVERLAPS)
    assert seen["texts"] > 20 and seen["legends"] > 5 and seen["marks"] > 10
    assert seen["found"] == []


def test_a_click_on_a_bar_opens_as_many_queries_as_it_says(page: Page, program: Program) -> None:
    # Filters of an earlier visit are not those of the bar.
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/queries?status=Failed&origin=Elsewhere")
    expect(page.locator(ROW).first).to_be_visible()
    open_outcomes(page, program, "period=7+days")
    chart = page.locator(".js-plotly-plot").first
    count = int(chart.evaluate("chart => chart.calcdata[0][0].s"))
    chart.locator(".point path").first.click(force=True)
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    assert "purpose=Treatment" in page.url and "from=" in page.url and "origin" not in page.url
    expect(page.locator(ROW)).to_have_count(min(count, PAGE))
    page.go_back()
    expect(page.get_by_role("heading", name="Outcomes", exact=True)).to_be_visible()


def test_the_keyboard_opens_the_queries_behind_a_number(page: Page, program: Program) -> None:
    open_outcomes(page, program, "period=7+days")
    page.locator("summary", has_text="The numbers").nth(ERRORS).focus()
    page.keyboard.press("Enter")
    row = page.get_by_test_id("stExpander").nth(ERRORS).locator(ROW).last
    expect(row).to_be_visible()
    count = int(row.locator("td").last.inner_text())
    row.locator("a.row").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    expect(page.locator(ROW)).to_have_count(min(count, PAGE))


def test_another_width_of_a_bar_draws_its_chart_and_unfolded_numbers_alone(
    page: Page, program: Program
) -> None:
    open_outcomes(page, program)
    page.locator("summary", has_text="The numbers").first.click()
    expect(page.locator(ROW).first).to_contain_text(re.compile(r"^\w{3}, \w{3} \d+"))
    other = page.locator(".js-plotly-plot").nth(1)
    other.evaluate("chart => { chart.dataset.drawn = 'before' }")
    page.get_by_role("radio", name="Week").click()
    expect(page.get_by_role("heading", name="Queries per week")).to_be_visible()
    expect(page.locator(ROW).first).to_contain_text(" to Sun, ")
    expect(other).to_have_attribute("data-drawn", "before")
    assert "bucket=Week" in page.url


def test_a_picture_of_a_chart_is_in_its_menu(page: Page, program: Program) -> None:
    open_outcomes(page, program, "period=7+days")
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    with page.expect_download() as downloading:
        chart.locator(".modebar-btn").click()
    assert downloading.value.suggested_filename == "outcomes_status.png"
    assert downloading.value.path().read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("query", ["sources_as=Over+time&times_as=Over+time", "period=12+months"])
def test_nothing_scrolls_sideways(page: Page, program: Program, query: str) -> None:
    open_outcomes(page, program, query)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_row_of_a_facility_opens_as_many_queries_as_it_says(page: Page, program: Program) -> None:
    open_outcomes(page, program, "period=7+days")
    row = page.locator(ROW).last
    count = int(row.locator("td").last.inner_text())
    row.locator("a.row").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    expect(page.locator(ROW)).to_have_count(min(count, PAGE))
