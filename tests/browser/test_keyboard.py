"""Without a mouse: from the sign-in to a started treatment query."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import started

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  window.focused = element
  // A part that scrolls, or a dialog, has the focus too, and all the words in it.
  const has_words = element?.matches("a, button, input, [role]:not([role=dialog])")
  return [element?.getAttribute("aria-label") ?? "", has_words ? element.innerText : "",
          element?.labels?.[0]?.innerText ?? ""]
}"""
"""What names the thing that has the focus: its label, its words, or the words of its label."""

LOOKS = """async () => {
  await new Promise(done => setTimeout(done, 400))
  const around = []
  for (let at = window.focused; at && around.length < 5; at = at.parentElement) around.push(at)
  return around.map(at => getComputedStyle(at))
    .map(style => [style.outline, style.boxShadow, style.borderColor, style.background].join())
}"""
"""How that thing and what stands around it are drawn, once they have faded in or out."""


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has this name has the focus, which must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        lines = [line for words in page.evaluate(FOCUSED) for line in words.splitlines()]
        # An icon is a line of its own.
        if any(line.strip().startswith(name) for line in lines):
            assert is_seen(page), f"no focus is seen on {name}"
            return
    raise AssertionError(f"no Tab leads to {name}")


def is_seen(page: Page) -> bool:
    """Whether what has the focus looks otherwise than without it."""
    focused = page.evaluate(LOOKS)
    page.keyboard.press("Tab")
    left = page.evaluate(LOOKS)
    page.keyboard.press("Shift+Tab")
    return bool(focused != left)


def test_from_the_sign_in_to_a_started_query(page: Page, tmp_path: Path) -> None:
    with started(tmp_path) as program:
        page.goto(program.url)
        tab_to(page, "SW")
        page.keyboard.press("Enter")
        expect(page.locator(".list tbody tr").first).to_be_visible()
        tab_to(page, "Search")
        page.keyboard.type("Jane Smith 1996-02")
        page.keyboard.press("Enter")
        expect(page.get_by_text("1–1 of 1", exact=True)).to_be_visible()
        tab_to(page, "Jane Smith")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Jane Smith")).to_be_visible()
        tab_to(page, "Start treatment query")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        tab_to(page, "Reason")
        page.keyboard.type("Visit")
        page.keyboard.press("Enter")
        tab_to(page, "Review")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("Metriport will ask")
        tab_to(page, "Start the query")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_text("Treatment query", exact=True).first).to_be_visible()
