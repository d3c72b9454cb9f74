"""The walk that looks for ways to a file finds each of them, on a page that has them all."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import free_port
from tests.browser.file_ways import look, watched
from tests.waiting import until

pytestmark = pytest.mark.browser

OFFER_A_BLOB = """() => {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob(["x"], {type: "text/csv"}))
  link.download = "y.csv"
  document.body.append(link)
  link.click()
}"""


@pytest.fixture
def page_of_ways(tmp_path: Path) -> Iterator[str]:
    """The address of a program whose only page has every way to a file."""
    port = free_port()
    script = Path(__file__).parent / "file_ways_alone.py"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(f"http://localhost:{port}/_stcore/health"))
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_the_walk_finds_a_way_where_there_is_one(page: Page, page_of_ways: str) -> None:
    with watched(page) as ways:
        page.goto(page_of_ways)
        page.get_by_role("button", name="Take it").wait_for()
        look(page, ways)
        with page.expect_download():
            page.get_by_role("button", name="Take it").click()
        page.evaluate(OFFER_A_BLOB)
        look(page, ways)
    (found,) = ways.found.values()
    assert {"stDownloadButton", "stDataFrame", "stElementToolbar", "download x.csv"} <= found
    assert {"a[download] y.csv", "chart toolbar", "blob text/csv", "stTable"} <= found
    for start in ("response http", "link blob:", "says Download as CSV"):
        assert [way for way in found if way.startswith(start)], start
