"""The list's own scripts in an empty page, without the program: what they draw, and how fast."""

from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from pages._ui.list.cells import Column, Row, for_browser
from pages._ui.list.table import LIST_SCRIPT
from tests.browser.conftest import ROOT

_FOLDER = ROOT / "pages" / "_ui" / "list"
_HTML = """<!doctype html><html lang="en"><title>A list</title>
<div id="host" style="margin-top: 80px"></div>"""
"""Below the place at which the heading of the list sticks."""
_MOUNT = """css => {
  const root = document.querySelector("#host").attachShadow({ mode: "open" })
  root.innerHTML = "<style></style><div class='list'></div>"
  root.querySelector("style").textContent = css
  window.root = root
}"""
_DRAW = """data => {
  const began = performance.now()
  window.draw({ parentElement: window.root, data,
                setTriggerValue: (name, value) => (window.sent ??= []).push([name, value]),
                setStateValue: (name, value) => (window.sent ??= []).push([name, value]) })
  // Asking for the height has the browser lay the page out at once.
  window.root.host.getBoundingClientRect().height
  return performance.now() - began
}"""


def mount_list(page: Page) -> None:
    """Load the scripts and styles of the list into an empty page."""
    page.set_content(_HTML)
    page.evaluate(_MOUNT, (_FOLDER / "table.css").read_text())
    module = LIST_SCRIPT.replace("export default function", "window.draw = function")
    page.add_script_tag(content=module)


def draw_list(page: Page, columns: list[Column], rows: list[Row], **given: Any) -> float:
    """Draw rows as the pages do; answers the milliseconds until they are laid out."""
    data = {
        "name": "alone", "caption": "A list", "empty": "Nothing.", "most": 0, "select": False,
        "opens": False, "viewer": "v", "now": 0,
        **for_browser(columns, rows, ZoneInfo("UTC")), **given,
    }  # fmt: skip
    return float(page.evaluate(_DRAW, data))
