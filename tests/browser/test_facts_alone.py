"""What the list of facts makes of its values, in an empty page without the program."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, for_browser
from pages._ui.words.outside import cell_text
from tests.browser.conftest import ROOT

pytestmark = pytest.mark.browser

EVIL: list[str] = json.loads((Path(__file__).parents[1] / "cases/evil_names.json").read_text())
_FOLDER = ROOT / "pages" / "_ui" / "list"
_MOUNT = """css => {
  window.root = document.querySelector("#host").attachShadow({ mode: "open" })
  root.innerHTML = "<style></style><dl></dl>"
  root.querySelector("style").textContent = css
}"""
WHOLE = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"


@pytest.fixture
def alone(page: Page) -> Page:
    """An empty page that can draw facts."""
    page.set_content('<!doctype html><html lang="en"><title>Facts</title><div id="host"></div>')
    css = "".join((_FOLDER / name).read_text() for name in ("table.css", "facts.css"))
    page.evaluate(_MOUNT, css)
    module = "\n".join((_FOLDER / name).read_text() for name in ("cells.js", "fact.js", "facts.js"))
    page.add_script_tag(content=module.replace("export default function", "window.draw = function"))
    return page


def draw(page: Page, *facts: tuple[str, Fact]) -> None:
    data = {"facts": for_browser(facts, ZoneInfo("UTC"))}
    page.evaluate("data => draw({ parentElement: root, data })", data)


def test_names_and_values_stand_side_by_side(alone: Page) -> None:
    moment = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
    draw(
        alone,
        ("Patient id", Id(WHOLE)),
        ("Received", moment),
        ("Type", Hover("Laboratory source ended", "network-query.lab")),
        ("Ticket", None),
        ("Request id", Id(None)),
    )
    values = alone.locator("dd").all_inner_texts()
    assert values[1:] == ["Sep 14, 2026, 15:30:00 UTC", "Laboratory source ended", "—", "—"]
    assert alone.locator("dt").all_inner_texts()[0] == "Patient id"
    expect(alone.get_by_title("network-query.lab")).to_have_text("Laboratory source ended")
    expect(alone.get_by_title(WHOLE, exact=True)).to_have_text("0191…f9fe6c6d")


def test_the_whole_id_is_copied_also_by_keyboard(alone: Page) -> None:
    draw(alone, ("Patient id", Id(WHOLE)))
    alone.keyboard.press("Tab")
    button = alone.get_by_role("button", name=f"Copy the id {WHOLE}")
    expect(button).to_be_focused()
    alone.keyboard.press("Enter")
    expect(button).to_have_attribute("title", "Copied")
    # Facts that are drawn again as they were leave it alone.
    draw(alone, ("Patient id", Id(WHOLE)))
    expect(button).to_have_attribute("title", "Copied")


def test_every_text_is_text(alone: Page) -> None:
    for kind in (str, Id, lambda text: Hover(text, text)):
        draw(alone, *((text, kind(text)) for text in EVIL if text.strip()))
        assert alone.locator("dt").all_text_contents() == [
            cell_text(text) for text in EVIL if text.strip()
        ]
        assert alone.locator("dl :is(script, img, svg, iframe, b, h1, a)").count() == 0
