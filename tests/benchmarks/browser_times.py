"""How long page changes and reruns take in a real browser, beside an empty Streamlit page.

From the click until the page is drawn and its script has ended; warm: each way is gone once before
it counts. A busy machine makes the times longer, and less so the time that the program works.
"""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from statistics import median

from playwright.sync_api import Page

from tests.benchmarks.programs import PATIENT, Measured, access_desk, browser, empty_streamlit

_ROUNDS = 7

_TIMED = """
([selector, text, heading]) => new Promise(resolve => {
  const app = document.querySelector("[data-testid=stApp]")
  const found = [...document.querySelectorAll(selector)]
  const pressed = found.find(element => element.innerText.includes(text))
  const title = () => document.querySelector("h1")?.innerText
  const titles = () => [...document.querySelectorAll("h1, h3")].map(one => one.innerText).join()
  const before = titles()
  const began = performance.now()
  let ran = false
  const watcher = new MutationObserver(look)
  function look() {
    const state = app.dataset.testScriptState
    ran ||= state === "running"
    // A short run may begin and end between two pictures: a new title shows it as well.
    if ((ran || titles() !== before) && state === "notRunning" && title()?.startsWith(heading)) {
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


class _Timer:
    """A window of a program, and what its presses take."""

    def __init__(self, page: Page, program: Measured) -> None:
        self.page = page
        self._program = program

    def press(self, selector: str, text: str, heading: str) -> float:
        """Milliseconds from the press until the page with `heading` is drawn."""
        self.page.wait_for_timeout(400)
        return float(self.page.evaluate(_TIMED, [selector, text, heading]))

    def go(self, name: str) -> float:
        """To another page by the sidebar."""
        return self.press(_LINK, name, name)

    def report(
        self, name: str, press: Callable[[], float], back: Callable[[], object] | None = None
    ) -> None:
        """Print the times of `press`, and how long the program worked on each."""
        times, worked = [], 0.0
        for number in range(_ROUNDS + 1):
            before = self._program.cpu_seconds()
            times.append(press())
            worked += (self._program.cpu_seconds() - before) if number else 0
            if back:
                back()
        warm, work = times[1:], 1000 * worked / _ROUNDS
        figures = f"{median(warm):6.0f} ms   (to {max(warm):.0f}; program {work:.0f} ms)"
        print(f"{name:28} {figures}", flush=True)  # noqa: T201


def _measure_empty(timer: _Timer) -> None:
    timer.go("Second")
    timer.report("empty: page change", lambda: timer.go("First"), lambda: timer.go("Second"))
    timer.report("empty: rerun", lambda: timer.press(_BUTTON, "Press", "Second"))


def _measure_desk(timer: _Timer) -> None:
    for name in _PAGES:
        timer.go(_AWAY)
        timer.report(f"{name}: page change", partial(timer.go, name), partial(timer.go, _AWAY))
    timer.go("Patients")
    timer.report("Patients: rerun", lambda: timer.press(_BUTTON, "Search", "Patients"))
    timer.go("Outcomes")
    switch = cycle(["Week", "Day"])
    timer.report("Outcomes: rerun", lambda: timer.press(_BUTTON, next(switch), "Outcomes"))


def _measure_patient(timer: _Timer, url: str) -> None:
    timer.page.goto(f"{url}/patient?patient={PATIENT}")
    heading = timer.page.get_by_role("heading", level=1)
    heading.wait_for()
    name = heading.inner_text()
    timer.go(_AWAY)
    timer.report(
        "Patient: page change", lambda: timer.press(_BACK, "", name), lambda: timer.go(_AWAY)
    )


def measure() -> None:
    """Print the times."""
    with browser() as chromium:
        with empty_streamlit() as empty:
            page = chromium.new_page()
            page.goto(empty.url)
            page.get_by_role("heading", name="First").wait_for()
            _measure_empty(_Timer(page, empty))
        with access_desk() as (desk, cookies):
            page = chromium.new_context().new_page()
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
            page.goto(desk.url)
            page.get_by_role("heading", name="Patients").wait_for()
            timer = _Timer(page, desk)
            _measure_desk(timer)
            _measure_patient(timer, desk.url)


if __name__ == "__main__":
    measure()
