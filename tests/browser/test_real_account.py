"""Staff with real accounts: sign-in at a provider, over TLS, with an API key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.staff.sign_in.sessions import HOST_COOKIE
from tests.browser.real_account import PEOPLE, RealAccount, real_account

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAccount]:
    """One program, provider and sandbox for all tests of this file."""
    with real_account(tmp_path_factory.mktemp("account")) as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, which takes the test's certificate."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, ignore_https_errors=True
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def expect_signed_in(page: Page, name: str, role: str) -> None:
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.locator(".account .role")).to_have_text(role)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()


def test_a_deep_link_is_reached_after_the_sign_in_with_its_query(
    account: RealAccount, page: Page
) -> None:
    account.sign_in(page, "sam-1", "/queries?status=Failed")
    expect_signed_in(page, "Sam Reyes", "Support")
    expect(page.get_by_test_id("stMain").get_by_text("Failed", exact=True).first).to_be_visible()
    expect(page).to_have_url(f"{account.url}/queries?status=Failed")


def test_the_cookie_is_for_this_host_and_no_script(
    account: RealAccount, page: Page, context: BrowserContext
) -> None:
    account.sign_in(page, "sam-1")
    (cookie,) = [one for one in context.cookies() if one["name"].startswith("__")]
    assert cookie["name"] == HOST_COOKIE and cookie["path"] == "/"
    assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax"
    assert HOST_COOKIE not in page.evaluate("document.cookie")


def test_each_role_sees_its_own_pages(account: RealAccount, chromium: Browser) -> None:
    for subject, role in (("ada-3", "Admin"), ("pia-4", "Product")):
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        account.sign_in(page, subject)
        expect_signed_in(page, str(PEOPLE[subject]["name"]), role)
        system = page.get_by_test_id("stSidebarNav").get_by_role("link", name="System")
        expect(system).to_have_count(1 if role == "Admin" else 0)
        context.close()


def test_somebody_with_two_roles_works_in_one_of_them(account: RealAccount, page: Page) -> None:
    account.sign_in(page, "kim-2", "/queries?status=Failed")
    expect(page).to_have_url(f"{account.url}/sign-in/role?next=%2Fqueries%3Fstatus%3DFailed")
    expect(page.get_by_role("button")).to_have_count(2)
    page.get_by_role("button", name="Compliance").click()
    expect_signed_in(page, "Kim Adler", "Compliance")
    expect(page).to_have_url(f"{account.url}/queries?status=Failed")
    page.get_by_role("link", name="Change role").click()
    page.get_by_role("button", name="Support").click()
    expect_signed_in(page, "Kim Adler", "Support")


def test_somebody_without_a_role_is_told_whom_to_ask(account: RealAccount, page: Page) -> None:
    account.sign_in(page, "nils-5", "/patients")
    expect(page.get_by_role("heading", name="You have no role here yet")).to_be_visible()
    expect(page.get_by_text("Nils Holm (nils@example.org)")).to_be_visible()
    expect(page.get_by_role("cell", name="desk-compliance")).to_be_visible()
    page.goto(f"{account.url}/patients")
    expect(page.get_by_role("button", name="Authorize", exact=True)).to_be_visible()


def test_who_cancels_at_the_provider_may_try_again(account: RealAccount, page: Page) -> None:
    page.goto(f"{account.url}/queries")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", name="You cancelled the sign-in")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    account.answer_provider(page, "sam-1")
    expect_signed_in(page, "Sam Reyes", "Support")


def test_sign_out_ends_everything_here_and_at_the_provider(
    account: RealAccount, page: Page, context: BrowserContext
) -> None:
    account.sign_in(page, "sam-1", "/queries")
    other_tab = context.new_page()
    other_tab.goto(f"{account.url}/queries")
    expect_signed_in(other_tab, "Sam Reyes", "Support")
    stolen = context.cookies()
    sign_out(page)
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert not [one for one in context.cookies() if one["name"] == HOST_COOKIE]
    context.add_cookies(stolen)
    answer = context.request.get(f"{account.url}/queries", max_redirects=0)
    assert answer.status in (303, 401)
    context.clear_cookies()
    other_tab.reload()
    expect(other_tab.get_by_role("button", name="Authorize", exact=True)).to_be_visible()
    page.get_by_role("link", name="Sign in with your company’s account").click()
    account.answer_provider(page, "pia-4")
    expect_signed_in(page, "Pia Novak", "Product")


def test_the_provider_ends_what_somebody_has_open(account: RealAccount, page: Page) -> None:
    account.sign_in(page, "ada-3", "/queries")
    expect_signed_in(page, "Ada Brandt", "Admin")
    assert account.provider.end_sessions("ada-3", account.url) == 200
    page.reload()
    expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()


def test_a_return_works_once_in_one_browser(
    account: RealAccount, page: Page, chromium: Browser
) -> None:
    returns: list[str] = []
    page.on("request", lambda sent: returns.append(sent.url) if "/callback" in sent.url else None)
    account.sign_in(page, "sam-1")
    expect_signed_in(page, "Sam Reyes", "Support")
    page.goto(returns[0])
    expect(page.get_by_role("heading", name="This sign-in was used already")).to_be_visible()
    page.get_by_role("link", name="Go to Access Desk").click()
    expect_signed_in(page, "Sam Reyes", "Support")
    context = chromium.new_context(ignore_https_errors=True)
    stranger = context.new_page()
    stranger.goto(returns[0])
    expect(stranger.get_by_role("link", name="Try again")).to_be_visible()
    context.close()


def test_the_provider_is_down_and_who_is_signed_in_goes_on(
    account: RealAccount, page: Page, chromium: Browser
) -> None:
    account.sign_in(page, "sam-1", "/queries")
    context = chromium.new_context(ignore_https_errors=True)
    newcomer = context.new_page()
    newcomer.goto(f"{account.url}/outcomes")
    newcomer.wait_for_url(f"{account.provider.url}/**")
    # The provider goes away between the two halves of a sign-in.
    consent = context.request.post(newcomer.url, form={"sub": "pia-4"}, max_redirects=0)
    account.provider.stop()
    answer = newcomer.goto(consent.headers["location"])
    assert answer is not None and answer.status == 503
    heading = newcomer.get_by_role("heading", name="The sign-in provider does not answer")
    expect(heading).to_be_visible()
    page.goto(f"{account.url}/patients")
    expect_signed_in(page, "Sam Reyes", "Support")
    account.provider.start()
    newcomer.get_by_role("link", name="Try again").click()
    account.answer_provider(newcomer, "pia-4")
    expect_signed_in(newcomer, "Pia Novak", "Product")
    context.close()


def test_no_secret_of_a_sign_in_is_written_to_the_terminal(account: RealAccount) -> None:
    for secret in ("eyJ", "id_token", "code=", "code_verifier", "a-secret-of-the-client"):
        assert secret not in account.output
    assert "Traceback" not in account.output


def test_a_provider_that_is_down_stops_no_start(
    tmp_path: Path, chromium: Browser, unused_port: int
) -> None:
    with real_account(tmp_path, OIDC_ISSUER=f"https://localhost:{unused_port}") as account:
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        answer = page.goto(f"{account.url}/queries?status=Failed")
        assert answer is not None and answer.status == 503
        heading = page.get_by_role("heading", name="The sign-in provider does not answer")
        expect(heading).to_be_visible()
        again = page.get_by_role("link", name="Try again")
        expect(again).to_have_attribute("href", "/sign-in?go=1&next=%2Fqueries%3Fstatus%3DFailed")
        context.close()
