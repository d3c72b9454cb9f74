"""Looks for every way in which a page could hand out a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Download, Page, Response

WATCH = """() => {
  const ways = (window.fileWays = [])
  const note = (way) => ways.push(way)
  const makeUrl = URL.createObjectURL
  URL.createObjectURL = (thing) => {
    // The scripts of the program's own components come to the browser in this way.
    if (thing.type !== "text/javascript") note(`blob ${thing.type}`)
    return makeUrl.call(URL, thing)
  }
  const click = HTMLAnchorElement.prototype.click
  HTMLAnchorElement.prototype.click = function () {
    if (this.hasAttribute("download")) note(`a[download] ${this.download}`)
    return click.call(this)
  }
  for (const name of ["showSaveFilePicker", "showDirectoryPicker"]) {
    window[name] = () => (note(name), Promise.reject(new Error("watched")))
  }
}"""
"""Notes what scripts of the page do to make a file."""

LOOK = """() => {
  const found = []
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot)
      const name = (element.getAttribute("aria-label") || element.title || "").trim()
      const text = element.matches("button, a") ? `${name} ${element.textContent}` : name
      const offers = /\\bdownload\\b|\\bCSV\\b|copy (all|table)|save as/i
      if (offers.test(text)) found.push(`says ${text.trim()}`)
      const address = element.getAttribute("href") || ""
      const isFile = element.matches("a[download]") || /^(blob|data):/.test(address)
      if (isFile) found.push(`link ${address}`)
      for (const kind of ["stElementToolbar", "stDataFrame", "stDownloadButton", "stTable"]) {
        if (element.dataset.testid === kind) found.push(kind)
      }
      if (element.matches(".modebar-btn")) found.push("chart toolbar")
    }
  }
  look(document)
  return [...found, ...(window.fileWays || [])]
}"""
"""What stands on the page now by which one gets a file, and what was noted since it was opened."""


@dataclass
class Ways:
    """What was found on the pages that were walked over."""

    found: dict[str, set[str]] = field(default_factory=dict)

    def add(self, where: str, way: str) -> None:
        """Keep a way that was found."""
        self.found.setdefault(where, set()).add(way)


@contextmanager
def watched(page: Page) -> Iterator[Ways]:
    """Watch every page that is opened in the window."""
    ways = Ways()

    def on_response(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        attached = "attachment" in response.headers.get("content-disposition", "")
        # Pictures that a page shows come from there too.
        is_file = "/media/" in response.url and "/static/" not in response.url
        if attached or (is_file and not kind.startswith("image/")):
            ways.add(page.url, f"response {response.url} {kind}")

    def on_download(download: Download) -> None:
        ways.add(page.url, f"download {download.suggested_filename}")

    page.add_init_script(f"({WATCH})()")
    page.on("response", on_response)
    page.on("download", on_download)
    yield ways
    page.remove_listener("response", on_response)
    page.remove_listener("download", on_download)


def look(page: Page, ways: Ways) -> None:
    """Look at the page with everything on it opened, and the pointer over what answers to one."""
    settle(page)
    closed = page.locator("[data-testid=stExpander] details:not([open]) summary")
    for _ in range(closed.count()):
        # One that is open does not count among the closed ones any more.
        closed.first.click()
    for switch in page.locator("[data-testid=stCheckbox] label").all():
        if switch.inner_text().startswith("Show"):
            switch.click()
    settle(page)
    for shown in page.locator(".stPlotlyChart, [data-testid=stDataFrame], pre, .list").all():
        if shown.is_visible():
            shown.hover(position={"x": 5, "y": 5}, force=True)
            _note(page, ways)
    _note(page, ways)


def settle(page: Page) -> None:
    """Wait until the page has been drawn."""
    page.get_by_test_id("stAppViewContainer").wait_for()
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def _note(page: Page, ways: Ways) -> None:
    for way in page.evaluate(LOOK):
        ways.add(page.url, way)
