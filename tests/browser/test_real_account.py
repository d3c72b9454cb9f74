"""Staff with real accounts: sign-in at a provider, over TLS, with an API key."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.real_account import RealAccount, real_account

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


def test_a_deep_link_is_reached_after_the_sign_in_with_its_query(
    account: RealAccount, page: Page
) -> None:
    account.sign_in(page, "sam-1", "/queries?status=failed")
    expect(page).to_have_url(f"{account.url}/queries?status=failed")
    expect(page.get_by_text("Sam Reyes")).to_be_visible()
