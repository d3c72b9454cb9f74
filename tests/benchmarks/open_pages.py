"""What ten open Patient pages cost while nothing happens, in percent of one processor core."""

import sys
import time

from playwright.sync_api import Browser

from tests.benchmarks.programs import (
    PATIENT,
    Measured,
    access_desk,
    browser,
    empty_streamlit,
)

_PAGES = 10
_SETTLED, _SECONDS = 15, 60
"""Seconds until the pages are at rest, and seconds of rest that are measured."""


def _percent_at_rest(
    chromium: Browser, program: Measured, path: str, cookies: list[dict[str, str]]
) -> float:
    context = chromium.new_context()
    context.add_cookies(cookies)  # type: ignore[arg-type]
    for _ in range(_PAGES):
        page = context.new_page()
        page.goto(program.url + path)
        page.get_by_role("heading", level=1).wait_for()
    time.sleep(_SETTLED)
    before = program.cpu_seconds()
    time.sleep(_SECONDS)
    used = program.cpu_seconds() - before
    context.close()
    time.sleep(_SETTLED)
    before = program.cpu_seconds()
    time.sleep(_SECONDS / 2)
    alone = 2 * (program.cpu_seconds() - before)
    return 100 * (used - alone) / _SECONDS


def measure() -> None:
    """Print the shares."""
    with browser() as chromium:
        with empty_streamlit() as empty:
            share = _percent_at_rest(chromium, empty, "", [])
            sys.stdout.write(f"{_PAGES} empty pages    {share:5.1f} % of a core\n")
        with access_desk() as (desk, cookies):
            share = _percent_at_rest(chromium, desk, f"/patient?patient={PATIENT}", cookies)
            sys.stdout.write(f"{_PAGES} Patient pages  {share:5.1f} % of a core\n")


if __name__ == "__main__":
    measure()
