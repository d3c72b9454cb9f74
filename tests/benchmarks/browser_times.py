"""How long page changes and reruns take in a real browser, beside an empty Streamlit page.

From the click until the page is drawn and its script has ended; warm: each way is gone once before
it counts.
"""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from statistics import median

from playwright.sync_api import Page

from tests.benchmarks.programs import PATIENT, access_desk, browser, empty_streamlit

_ROUNDS = 7

_TIMED = """
([selector, text, heading]) => new Promise(resolve => {
  const app = document.querySelector("[data-testid=stApp]")
  const found = [...document.querySelectorAll(selector)]
  const pressed = found.find(element => element.innerText.includes(text))
  const title = () => document.querySelector("h1")?.innerText
  const before = title()
  const began = performance.now()
  let ran = false
  const watcher = new MutationObserver(look)
  function look() {
    const state = app.dataset.testScriptState
    ran ||= state === "running"
    // A short run may begin and end between two pictures: a new title shows it as well.
    if ((ran || title() !== before) && state === "notRunning" && title()?.startsWith(heading)) {
      watcher.disconnect()
      requestAnimationFrame(() => resolve(performance.now() - began))
    }
  }
  setTimeout(() => resolve(NaN), 15000)
  watcher.observe(app, { attributes: true, childList: true, subtree: true, characterData: true })
  if (selector === "back") history.back()
  else pressed.click()
})
"""
"""Presses the first element of `selector` that holds `text`, or the browser's Back.

Answers the milliseconds until `heading` stands and the script has ended.
"""

_LINK, _BUTTON, _BACK = "[data-testid=stSidebarNavLink]", "button", "back"
_PAGES = ("Patients", "Queries", "Outcomes", "Webhooks", "Upstream calls", "System")
_AWAY = "Bulk queries"


def _press(page: Page, selector: str, text: str, heading: str) -> float:
    page.wait_for_timeout(400)
    return float(page.evaluate(_TIMED, [selector, text, heading]))


def _report(
    name: str, press: Callable[[], float], back: Callable[[], object] | None = None
) -> None:
    times = []
    for _ in range(_ROUNDS + 1):
        times.append(press())
        if back:
            back()
    warm = times[1:]
    print(f"{name:28} {median(warm):6.0f} ms   (to {max(warm):.0f})", flush=True)  # noqa: T201


def _measure_empty(page: Page) -> None:
    def go(name: str) -> float:
        return _press(page, _LINK, name, name)

    go("Second")
    _report("empty: page change", lambda: go("First"), lambda: go("Second"))
    _report("empty: rerun", lambda: _press(page, _BUTTON, "Press", "Second"))


def _measure_desk(page: Page, url: str) -> None:
    def go(name: str) -> float:
        return _press(page, _LINK, name, name)

    for name in _PAGES:
        go(_AWAY)
        _report(f"{name}: page change", partial(go, name), partial(go, _AWAY))
    go("Patients")
    _report("Patients: rerun", lambda: _press(page, _BUTTON, "Search", "Patients"))
    go("Outcomes")
    switch = cycle(["Week", "Day"])
    _report("Outcomes: rerun", lambda: _press(page, _BUTTON, next(switch), "Outcomes"))
    _measure_patient(page, url)


def _measure_patient(page: Page, url: str) -> None:
    page.goto(f"{url}/patient?patient={PATIENT}")
    page.get_by_role("heading", level=1).wait_for()
    name = page.get_by_role("heading", level=1).inner_text()

    def leave() -> float:
        return _press(page, _LINK, _AWAY, _AWAY)

    leave()
    _report("Patient: page change", lambda: _press(page, _BACK, "", name), leave)


def measure() -> None:
    """Print the times."""
    with browser() as chromium:
        with empty_streamlit() as empty:
            page = chromium.new_page()
            page.goto(empty.url)
            page.get_by_role("heading", name="First").wait_for()
            _measure_empty(page)
        with access_desk() as (desk, cookies):
            page = chromium.new_context().new_page()
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
            page.goto(desk.url)
            page.get_by_role("heading", name="Patients").wait_for()
            _measure_desk(page, desk.url)


if __name__ == "__main__":
    measure()
