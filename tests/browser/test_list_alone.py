"""What the list makes of its rows, whatever they hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.words.outside import cell_text
from pages._ui.words.states import StateWords
from services.lookup.finder import Place, PlaceKind
from tests.browser.list_alone import draw_list, mount_list

pytestmark = pytest.mark.browser

EVIL: list[str] = json.loads((Path(__file__).parents[1] / "cases/evil_names.json").read_text())
COLUMNS = [
    Column("Name"),
    Column("Id", Kind.ID),
    Column("State", Kind.STATE),
    Column("At", Kind.MOMENT),
    Column("Hover"),
    Column("Person"),
]
AT = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def alone(page: Page) -> Page:
    """An empty page that can draw lists, and that fails on an error or a request of theirs."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    mount_list(page)
    page.wrong = wrong  # type: ignore[attr-defined]
    return page


def row(key: str, text: Any = "x", place: Place | None = None) -> Row:
    """A row with `text` in every cell that may hold one."""
    state = StateWords(text, "check_circle", "green", text)
    cells = [text, text, state, AT, Hover(text, text), text]
    return Row(key, cells, place)


def test_every_text_is_text_in_every_column(alone: Page) -> None:
    draw_list(alone, COLUMNS, [row(str(number), text) for number, text in enumerate(EVIL)])
    assert alone.locator("tbody th").all_text_contents() == [cell_text(text) for text in EVIL]
    assert alone.locator("tbody :is(script, img, svg, iframe, b, h1)").count() == 0
    assert alone.wrong == []  # type: ignore[attr-defined]


def test_an_id_from_outside_makes_no_address_of_another_kind(alone: Page) -> None:
    evil = [*EVIL, "javascript:alert(1)", "//evil.test/", "\\\\evil.test", "https://evil.test/"]
    rows = [row(text, text, Place(PlaceKind.PATIENT, text)) for text in evil]
    draw_list(alone, COLUMNS, rows)
    links = alone.locator("a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert len(links) >= len(evil) and all(link.startswith("/patient?patient=") for link in links)


def test_whoever_signs_in_next_does_not_see_what_was_opened_last(page: Page) -> None:
    blank = {"body": "<!doctype html>", "content_type": "text/html"}
    page.route("http://desk.test/", lambda route: route.fulfill(**blank))
    page.goto("http://desk.test/")
    for viewer, last in (("first", 0), ("first", 1), ("second", 0), ("first", 0)):
        mount_list(page)
        draw_list(page, COLUMNS, [row("p-1"), row("p-2")], opens=True, viewer=viewer)
        assert page.locator("tr.last").count() == last
        if viewer == "first":
            page.locator("tr[data-key=p-2]").click()
        else:
            assert "p-2" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_rows_keep_focus_and_selection_while_others_come_and_go(alone: Page) -> None:
    draw_list(alone, COLUMNS, [row("a"), row("b"), row("c")], opens=True, select=True)
    alone.locator("tr[data-key=b] input").check()
    alone.locator("tr[data-key=c] a.row").focus()
    draw_list(alone, COLUMNS, [row("new"), row("b"), row("c", "other")], opens=True, select=True)
    expect(alone.locator("tr[data-key=new]")).to_be_visible()
    expect(alone.locator("tr[data-key=a]")).to_have_count(0)
    expect(alone.locator("tr[data-key=b] input")).to_be_checked()
    focused = alone.evaluate("root.activeElement.closest('tr').dataset.key")
    assert focused == "c"
    assert alone.evaluate("sent.at(-1)") == ["selected", ["b"]]


def test_a_press_that_is_repeated_opens_once(alone: Page) -> None:
    draw_list(alone, COLUMNS, [row("a"), row("b")], opens=True)
    alone.locator("tr[data-key=a]").dblclick(position={"x": 300, "y": 8})
    alone.locator("tr[data-key=b] a.row").press("Enter")
    assert alone.evaluate("sent") == [["opened", "a"], ["opened", "b"]]


def test_no_row_moves_under_a_pointer_that_is_about_to_press(alone: Page) -> None:
    draw_list(alone, COLUMNS, [row("a"), row("b")], opens=True)
    alone.locator("tr[data-key=a]").hover(position={"x": 300, "y": 8})
    draw_list(alone, COLUMNS, [row("new"), row("a"), row("b")], opens=True)
    assert alone.locator("tbody tr").first.get_attribute("data-key") == "a"
    alone.mouse.down()
    alone.mouse.up()
    assert alone.evaluate("sent") == [["opened", "a"]]
    expect(alone.locator("tbody tr").first).to_have_attribute("data-key", "new")


@pytest.mark.parametrize("grown", [110, 140])
def test_the_pressed_row_opens_though_the_page_grew_before_the_release(
    alone: Page, grown: int
) -> None:
    draw_list(alone, COLUMNS, [row("a"), row("b"), row("c")], opens=True)
    alone.locator("tr[data-key=c]").hover(position={"x": 300, "y": 8})
    alone.mouse.down()
    alone.evaluate(f"host.style.marginTop = '{grown}px'")
    alone.mouse.up()
    assert alone.evaluate("sent") == [["opened", "c"]]
    # A press that moved to another row is of neither.
    alone.locator("tr[data-key=b]").hover(position={"x": 300, "y": 8})
    alone.mouse.down()
    alone.locator("tr[data-key=a]").hover(position={"x": 300, "y": 8})
    alone.mouse.up()
    assert alone.evaluate("sent.length") == 1


def test_an_empty_list_says_what_to_do_and_no_list_is_wider_than_its_page(alone: Page) -> None:
    draw_list(alone, COLUMNS, [])
    expect(alone.get_by_text("Nothing.")).to_be_visible()
    expect(alone.locator("table")).to_be_hidden()
    alone.set_viewport_size({"width": 900, "height": 700})
    draw_list(alone, COLUMNS, [row("a", "W" * 300), row("b", "word " * 80)])
    assert alone.evaluate("document.documentElement.scrollWidth") <= 900


@pytest.mark.parametrize(("width", "text"), [(420, "100%"), (1280, "300%")])
def test_in_a_narrow_window_or_with_large_text_the_list_scrolls_and_not_the_page(
    alone: Page, width: int, text: str
) -> None:
    alone.set_viewport_size({"width": width, "height": 700})
    alone.evaluate("size => { document.documentElement.style.fontSize = size }", text)
    draw_list(alone, COLUMNS, [row("a", "019f6d19-e987-73ed-8493-000000000000")])
    assert alone.evaluate("document.documentElement.scrollWidth") <= width
    frame = alone.locator(".frame")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth")
    frame.evaluate("frame => { frame.scrollLeft = 500 }")
    assert frame.evaluate("frame => frame.scrollLeft") > 0
