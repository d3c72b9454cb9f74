"""The script by which open pages ask for changes, in an empty page: when it asks, what it tells."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import HIDE, ROOT

pytestmark = pytest.mark.browser

PATH = "/desk/changes"
_SCRIPT = ROOT / "pages" / "_ui" / "frame" / "watch.js"
_MOUNT = """() => {
  window.host = document.querySelector("#host")
  window.told = []
  window.drawn = data => {
    window.stop = window.watch({ parentElement: window.host, data,
      setTriggerValue: (name, value) => window.told.push(name) })
  }
}"""


@dataclass
class Watched:
    """A page with the script, a program that answers what the test says, and a clock that obeys."""

    page: Page
    version: str = "v1"
    status: int = 200
    asked: list[Any] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Answer a question of the script."""
        self.asked.append(route.request.post_data_json)
        route.fulfill(status=self.status, body=json.dumps({"version": self.version}))

    def draw(self, version: str, due: float = 900) -> None:
        """The program has drawn the page, at this version."""
        data = {"path": PATH, "subject": "patient", "key": "p1", "seal": "t", "due": due}
        self.page.evaluate("data => window.drawn(data)", data | {"version": version})

    def wait(self, seconds: int) -> tuple[int, list[str]]:
        """Let so much time pass: how many questions came in it, and what the program was told."""
        before = len(self.asked)
        for _ in range(seconds):
            self.page.clock.run_for(1000)
            # The answer comes over the network, which no clock moves.
            self.page.evaluate("() => new Promise(done => window.later(done, 5))")
        return len(self.asked) - before, self.page.evaluate("() => window.told.splice(0)")


@pytest.fixture
def watched(page: Page) -> Watched:
    """The script in a page that nobody has drawn yet."""
    made = Watched(page)
    page.route(
        "**/*", lambda route: route.fulfill(body="<div id=host></div>", content_type="text/html")
    )
    page.route(f"**{PATH}", made.answer)
    page.add_init_script("window.later = setTimeout.bind(window)")
    page.goto("http://desk.test/")
    page.clock.install()
    script = _SCRIPT.read_text().replace("export default function", "window.watch = function")
    page.add_script_tag(content=script)
    page.evaluate(_MOUNT)
    return made


def test_a_page_at_rest_asks_every_two_seconds_and_is_not_drawn_again(watched: Watched) -> None:
    watched.draw("v1")
    asked, told = watched.wait(20)
    assert 8 <= asked <= 11 and told == []
    assert watched.asked[0] == {"subject": "patient", "key": "p1", "seal": "t"}


def test_a_change_is_told_once_and_again_only_if_nothing_came_of_it(watched: Watched) -> None:
    watched.draw("v1")
    watched.version = "v2"
    asked, told = watched.wait(10)
    assert (asked, told) == (1, ["changed"])
    assert watched.wait(14)[1] == ["changed"]
    watched.draw("v2")
    assert watched.wait(10)[1] == []


def test_a_page_that_nobody_sees_asks_seldom_and_at_once_when_seen(watched: Watched) -> None:
    watched.draw("v1")
    watched.page.evaluate(HIDE, "hidden")
    watched.draw("v1")
    assert watched.wait(60)[0] <= 2
    watched.page.evaluate(HIDE, "visible")
    assert watched.wait(1)[0] == 1


def test_what_the_time_alone_changes_is_drawn_then(watched: Watched) -> None:
    watched.draw("v1", due=7)
    assert watched.wait(6)[1] == []
    assert watched.wait(2)[1] == ["changed"]


def test_a_program_that_fails_is_asked_ever_less_often(watched: Watched) -> None:
    watched.status = 503
    watched.draw("v1")
    asked, told = watched.wait(120)
    assert 4 <= asked <= 7 and told == []
    watched.status = 200
    watched.wait(60)
    assert watched.wait(10)[0] >= 4


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_signed_out_is_told_and_asks_no_more(watched: Watched, status: int) -> None:
    watched.status = status
    watched.draw("v1")
    assert watched.wait(10) == (1, ["signed_out"])


def test_a_page_that_was_left_asks_no_more(watched: Watched) -> None:
    watched.draw("v1")
    watched.page.evaluate("() => window.stop()")
    assert watched.wait(10) == (0, [])
