"""A sign-in as people see it: the warning before its end, and what is left once it has ended."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE
from tests.browser.conftest import Program, started

pytestmark = pytest.mark.browser

_IDLE = timedelta(seconds=48)
_AT_ONCE = 30_000
"""Milliseconds within which an open page must have seen that its sign-in has ended."""

ENDED = "Your sign-in has ended"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that signs out whoever does nothing for less than a minute."""
    folder = tmp_path_factory.mktemp("short")
    with started(folder, SESSION_MAX_IDLE=f"{_IDLE.seconds}s") as running:
        yield running


@contextmanager
def _browser(chromium: Browser, program: Program, role: Role) -> Iterator[BrowserContext]:
    """A browser of its own in which somebody in that role is signed in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.add_cookies([program.cookie(role)])  # type: ignore[list-item]
    yield context
    context.close()


def _open(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def _has_people(page: Page) -> None:
    expect(page.get_by_role("row").nth(5)).to_be_visible()


def _shows_nothing(page: Page, program: Program, why: str, wanted: str) -> None:
    """The page says why, shows nothing else, and leads to the sign-in page."""
    expect(page.get_by_role("heading", name=ENDED).last).to_be_visible(timeout=_AT_ONCE)
    expect(page.get_by_role("alert").filter(has_text=ENDED)).to_contain_text(why)
    assert not page.get_by_role("row").first.is_visible()
    page.wait_for_url(re.compile(r"/sign-in\?next="), timeout=_AT_ONCE)
    assert page.url == f"{program.url}/sign-in?next={wanted}"


def test_idle_is_warned_of_renewed_by_a_click_and_ends(chromium: Browser, short: Program) -> None:
    with _browser(chromium, short, Role.SUPPORT) as context:
        page = _open(context, f"{short.url}/patients")
        _has_people(page)
        stay = page.get_by_role("button", name="Stay signed in")
        expect(stay).to_be_visible(timeout=60_000)
        warning = page.get_by_role("region", name="Your sign-in ends soon")
        expect(warning.get_by_role("alert")).to_contain_text("You will be signed out soon")
        expect(warning).to_contain_text(re.compile(r"0:\d\d"))
        # It is read aloud, and takes nobody away from what they type.
        assert page.evaluate("document.activeElement.closest('[role=region]')") is None
        stay.click()
        expect(warning).to_have_count(0)
        _has_people(page)
        # Live panels go on asking all the time, and are no activity.
        expect(stay).to_be_visible(timeout=60_000)
        _shows_nothing(page, short, "Nothing was done here", "%2Fpatients")


def test_a_key_is_activity(chromium: Browser, short: Program) -> None:
    with _browser(chromium, short, Role.SUPPORT) as context:
        page = _open(context, f"{short.url}/outcomes")
        stay = page.get_by_role("button", name="Stay signed in")
        expect(stay).to_be_visible(timeout=60_000)
        page.keyboard.press("Shift")
        expect(stay).to_have_count(0)


def test_what_is_done_in_one_tab_keeps_the_other(chromium: Browser, short: Program) -> None:
    with _browser(chromium, short, Role.SUPPORT) as context:
        resting = _open(context, f"{short.url}/queries")
        active = _open(context, f"{short.url}/outcomes")
        expect(active.get_by_role("button", name="Stay signed in")).to_be_visible(timeout=60_000)
        active.get_by_role("button", name="Stay signed in").click()
        expect(active.get_by_role("button", name="Stay signed in")).to_have_count(0)
        expect(resting.get_by_role("button", name="Stay signed in")).to_have_count(0)
        expect(resting.get_by_role("heading", name=ENDED)).to_have_count(0)


def test_an_administrator_ends_the_sign_in_of_an_open_page(
    chromium: Browser, program: Program
) -> None:
    with (
        _browser(chromium, program, Role.SUPPORT) as theirs,
        _browser(chromium, program, Role.ADMIN) as own,
    ):
        page = _open(theirs, f"{program.url}/patients")
        _has_people(page)
        admin = _open(own, f"{program.url}/staff_sessions")
        expect(admin.get_by_role("row").filter(has_text="(this browser)")).to_have_count(1)
        name = SANDBOX_STAFF[Role.SUPPORT].name
        admin.get_by_role("row").filter(has_text=name).first.click()
        dialog = admin.get_by_role("dialog")
        expect(dialog).to_contain_text("Bulk runs that were started")
        dialog.get_by_role("button", name=re.compile("End all")).click()
        expect(admin.get_by_role("row").filter(has_text=name)).to_have_count(0)
        _shows_nothing(page, program, "An administrator ended your sign-in.", "%2Fpatients")


def test_a_sign_out_in_one_tab_ends_the_other_and_back_shows_nothing(
    chromium: Browser, program: Program
) -> None:
    with _browser(chromium, program, Role.SUPPORT) as context:
        other = _open(context, f"{program.url}/queries")
        page = _open(context, f"{program.url}/patients")
        _has_people(page)
        cookies = context.cookies()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in**")
        _shows_nothing(other, program, "your sign-in was ended", "%2Fqueries")
        page.go_back()
        page.wait_for_url("**/sign-in**", timeout=_AT_ONCE)
        assert page.get_by_role("row").count() == 0
        # Nor is a copy of the cookie worth anything.
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(f"{program.url}/patients")
        assert "/sign-in" in page.url
        assert COOKIE in [cookie["name"] for cookie in cookies]


def test_somebody_else_in_another_tab_ends_the_power_of_the_first(
    chromium: Browser, program: Program
) -> None:
    with _browser(chromium, program, Role.SUPPORT) as context:
        page = _open(context, f"{program.url}/patients")
        _has_people(page)
        context.add_cookies([program.cookie(Role.PRODUCT)])  # type: ignore[list-item]
        other = _open(context, f"{program.url}/outcomes")
        expect(page.get_by_role("heading", name=ENDED).last).to_be_visible(timeout=_AT_ONCE)
        assert not page.get_by_role("row").first.is_visible()
        # Whoever is signed in now is not touched by it.
        expect(other.get_by_role("heading", name="Outcomes")).to_be_visible()


def test_the_same_person_signed_in_anew_goes_on_in_the_first_tab(
    chromium: Browser, program: Program
) -> None:
    with _browser(chromium, program, Role.SUPPORT) as context:
        page = _open(context, f"{program.url}/patients")
        _has_people(page)
        context.add_cookies([program.cookie(Role.SUPPORT)])  # type: ignore[list-item]
        with page.expect_navigation(timeout=_AT_ONCE):
            pass
        _has_people(page)
        expect(page.get_by_role("heading", name=ENDED)).to_have_count(0)


def test_what_is_pressed_after_the_end_does_nothing_and_is_noted(
    chromium: Browser, program: Program
) -> None:
    with _browser(chromium, program, Role.SUPPORT) as context:
        page = _open(context, f"{program.url}/patients")
        page.get_by_role("button", name="New patient").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("First name").fill("Nobody")
        context.request.post(
            f"{program.url}/sign-in/out", headers={"origin": program.url}, max_redirects=0
        )
        dialog.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name=ENDED).last).to_be_visible(timeout=_AT_ONCE)
    with closing(sqlite3.connect(program.data / "access-desk.db")) as log:
        tried = "SELECT action FROM audit_event WHERE outcome = 'ended' AND action = 'page.act'"
        assert len(log.execute(tried).fetchall()) >= 1
        created = "SELECT count(*) FROM audit_event WHERE action = 'patients.create'"
        assert log.execute(created).fetchone() == (0,)
