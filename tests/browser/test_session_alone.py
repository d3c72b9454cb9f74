"""The script that guards a sign-in, in an empty page: when it asks, what it shows and hides."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import HIDE, ROOT

pytestmark = pytest.mark.browser

PATH = "/desk/session"
_SCRIPT = ROOT / "pages" / "_ui" / "frame" / "session.js"
_DRAW = """data => window.guardPage({
  parentElement: document.querySelector("#host"), data,
  setTriggerValue: name => (window.told ??= []).push(name),
})"""


@dataclass
class Guarded:
    """A page with the script, a program that answers what the test says, and a clock that obeys."""

    page: Page
    idle: float = 900
    altogether: float = 43_200
    status: int = 200
    why: str | None = None
    renewed: bool = False
    asked: list[Any] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Answer a question of the script; what is active is renewed."""
        question = route.request.post_data_json
        self.asked.append(question)
        if self.status == 0:
            return route.abort()
        if question["active"]:
            self.idle = 900
        told = {"idle": self.idle, "altogether": self.altogether, "renewed": self.renewed}
        body = told if self.status == 200 else {"why": self.why}
        return route.fulfill(status=self.status, body=json.dumps(body))

    def draw(self, tag: str = "t") -> None:
        """The program has drawn the page."""
        data = {"path": PATH, "tag": tag, "session": "s", "dark": False}
        self.page.evaluate(_DRAW, data | {"report": 30, "ask": 12, "warn": 60})

    def wait(self, seconds: int) -> list[Any]:
        """Let so much time pass; answers the questions that came in it."""
        before = len(self.asked)
        for _ in range(seconds):
            self.page.clock.run_for(1000)
            self.idle, self.altogether = self.idle - 1, self.altogether - 1
            # The answer comes over the network, which no clock moves.
            self.page.evaluate("() => new Promise(done => window.later(done, 5))")
        return self.asked[before:]


@pytest.fixture
def guarded(page: Page) -> Guarded:
    """The script in a page that has just been drawn."""
    made = Guarded(page)
    body = "<html><body><div id=root>Jane Smith <div id=host></div></div></body></html>"
    page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.route(f"**{PATH}", made.answer)
    page.add_init_script("window.later = setTimeout.bind(window)")
    page.goto("http://desk.test/patient?patient=p-1")
    page.clock.install()
    script = _SCRIPT.read_text().replace("export default function", "window.guardPage = function")
    page.add_script_tag(content=script)
    made.draw()
    made.wait(1)
    return made


def test_a_page_asks_every_twelve_seconds_and_is_not_active_by_itself(guarded: Guarded) -> None:
    asked = guarded.wait(60)
    assert 4 <= len(asked) <= 6
    assert asked[0] == {"tag": "t", "session": "s", "active": False}
    assert not any(question["active"] for question in asked)


def test_a_page_that_is_drawn_all_the_time_asks_as_often(guarded: Guarded) -> None:
    asked = 0
    for _ in range(30):
        guarded.draw()
        asked += len(guarded.wait(2))
    assert 4 <= asked <= 6


def test_activity_is_reported_once_in_thirty_seconds(guarded: Guarded) -> None:
    active = 0
    for _ in range(40):
        guarded.page.keyboard.press("a")
        guarded.page.mouse.wheel(0, 10)
        active += sum(question["active"] for question in guarded.wait(3))
    assert 3 <= active <= 5


def test_one_key_is_reported_once(guarded: Guarded) -> None:
    guarded.wait(31)
    guarded.asked.clear()
    guarded.page.keyboard.press("a")
    guarded.wait(40)
    assert [question["active"] for question in guarded.asked].count(True) == 1


def test_a_page_that_nobody_sees_asks_less_often_and_at_once_when_it_is_seen(
    guarded: Guarded,
) -> None:
    guarded.page.evaluate(HIDE, "hidden")
    guarded.wait(13)
    assert 2 <= len(guarded.wait(75)) <= 4
    guarded.page.evaluate(HIDE, "visible")
    assert guarded.wait(1)


def test_the_warning_counts_down_and_a_click_renews(guarded: Guarded) -> None:
    guarded.idle = 70
    guarded.wait(13)
    warning = guarded.page.get_by_role("region", name="Your sign-in ends soon")
    expect(warning).to_contain_text("0:5")
    guarded.wait(10)
    expect(warning).to_contain_text("0:4")
    # The seconds are not read aloud one by one.
    assert warning.get_by_role("alert").inner_text().count("0:") == 0
    guarded.asked.clear()
    guarded.page.get_by_role("button", name="Stay signed in").click()
    guarded.wait(1)
    assert guarded.asked[0]["active"]
    expect(warning).to_have_count(0)


def test_no_click_renews_a_sign_in_that_is_too_old(guarded: Guarded) -> None:
    guarded.altogether = 50
    guarded.wait(13)
    warning = guarded.page.get_by_role("region", name="Your sign-in ends soon")
    expect(warning).to_contain_text("then sign in again")
    assert warning.get_by_role("button").count() == 0


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("idle", "Nothing was done here for a while"),
        ("too_old", "for as long as it is allowed"),
        ("revoked", "An administrator ended your sign-in."),
        ("role_lost", "Your role was taken away."),
        ("provider", "You signed out at your company’s provider."),
        ("somebody_else", "in another name or another role"),
        (None, "You signed out, or your sign-in was ended."),
        ("magic", "You signed out, or your sign-in was ended."),
    ],
)
def test_the_end_hides_everything_and_says_why(
    guarded: Guarded, why: str | None, sentence: str
) -> None:
    guarded.status, guarded.why = 401, why
    guarded.wait(13)
    page = guarded.page
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_text("Jane Smith")).to_be_hidden()
    link = page.get_by_role("link", name="Sign in")
    expect(link).to_be_focused()
    wanted = "/sign-in?next=%2Fpatient%3Fpatient%3Dp-1"
    assert link.get_attribute("href") == wanted
    assert page.evaluate("window.told") == ["signed_out"]
    with page.expect_navigation(url=f"**{wanted}"):
        guarded.page.clock.run_for(7000)


def test_an_outage_hides_nothing_until_the_time_is_over(guarded: Guarded) -> None:
    guarded.idle = 40
    guarded.wait(13)
    guarded.status = 0
    guarded.wait(10)
    expect(guarded.page.get_by_text("Jane Smith")).to_be_visible()
    for _ in range(40):
        if guarded.page.get_by_role("alert").count():
            break
        guarded.wait(1)
    expect(guarded.page.get_by_text("Jane Smith")).to_be_hidden()
    expect(guarded.page.get_by_role("alert")).to_contain_text("cannot be reached")


def test_what_back_brings_out_of_memory_shows_nothing_before_the_answer(guarded: Guarded) -> None:
    page = guarded.page
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.get_by_text("Jane Smith")).to_be_hidden()
    guarded.status, guarded.why = 401, "sign_out"
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    guarded.wait(1)
    expect(page.get_by_text("Jane Smith")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("You signed out.")


def test_what_back_brings_is_shown_again_where_the_sign_in_lasts(guarded: Guarded) -> None:
    page = guarded.page
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    guarded.wait(1)
    expect(page.get_by_text("Jane Smith")).to_be_visible()


def test_an_outage_is_not_asked_all_the_time(guarded: Guarded) -> None:
    guarded.wait(31)
    guarded.status = 503
    guarded.page.keyboard.press("a")
    assert 3 <= len(guarded.wait(30)) <= 9
    guarded.status = 200
    guarded.asked.clear()
    guarded.wait(10)
    # What was done meanwhile counts once it can be told.
    assert any(question["active"] for question in guarded.asked)
