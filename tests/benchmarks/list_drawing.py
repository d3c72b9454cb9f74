"""How long the browser takes to draw a list of a thousand rows, and to draw it again.

`python -m tests.benchmarks.list_drawing`; at most 150 ms is meant for the first. Prints the median
of ten lists, and beside it the time for a bare table of as many cells, for this machine.
"""

import sys
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import uuid4

from playwright.sync_api import Page

from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.words.states import QUERY_STATES
from tests.benchmarks.programs import browser
from tests.browser.list_alone import draw_list, mount_list

_ROWS, _LISTS = 1000, 10
_COLUMNS = [
    Column("Query", Kind.ID),
    Column("Submitted", Kind.MOMENT),
    Column("Purpose"),
    Column("Status", Kind.STATE),
    Column("Sources"),
    Column("Took"),
    Column("Patient", Kind.ID),
    Column("Started by"),
]
_BARE = """([rows, columns]) => {
  const began = performance.now()
  const table = document.createElement("table")
  for (let row = 0; row < rows; row++) {
    const line = table.insertRow()
    for (let cell = 0; cell < columns; cell++) line.insertCell().textContent = "text"
  }
  document.body.append(table)
  table.getBoundingClientRect().height
  const took = performance.now() - began
  table.remove()
  return took
}"""


def main() -> None:
    """Measure, and print."""
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1280, "height": 900})
        bare = [float(page.evaluate(_BARE, [_ROWS, len(_COLUMNS)])) for _ in range(_LISTS)]
        first, again = zip(*(_draw_twice(page) for _ in range(_LISTS)), strict=True)
    sys.stdout.write(f"a bare table of {_ROWS} rows   {median(bare):6.1f} ms\n")
    sys.stdout.write(f"the list, first drawn      {median(first):6.1f} ms\n")
    sys.stdout.write(f"the list, one row newer    {median(again):6.1f} ms\n")


def _draw_twice(page: Page) -> tuple[float, float]:
    mount_list(page)
    rows = [_row(number) for number in range(_ROWS)]
    given = {"now": int(datetime.now(UTC).timestamp() * 1000)}
    first = draw_list(page, _COLUMNS, rows, **given)
    return first, draw_list(page, _COLUMNS, [_row(-1), *rows[:-1]], **given)


def _row(number: int) -> Row:
    key, states = str(uuid4()), list(QUERY_STATES.values())
    at = datetime.now(UTC) - timedelta(minutes=number)
    state = states[number % len(states)]
    sources = Hover("HIE ✓  Lab ✗", "HIE: completed; Laboratory: failed – timed out")
    cells = [key, at, "Treatment", state, sources, "40 s", str(uuid4()), "Sasha Whitfield"]
    return Row(key, cells)


if __name__ == "__main__":
    main()
