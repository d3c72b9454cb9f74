"""Consent on a phone: the tick, Continue, the return, and the link that takes it back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program, started
from tests.browser.test_individual_access import _send, _somebody

pytestmark = pytest.mark.browser

TICK = "I have read this, and I agree."


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program of its own: what people agree to stays."""
    with started(tmp_path_factory.mktemp("program"), speed=20) as running:
        yield running


@pytest.fixture(params=["light", "dark"])
def phone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The patient's window, in either theme; it runs no scripts in the dark one."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 740},
        has_touch=True,
        color_scheme=request.param,
        java_script_enabled=request.param == "light",
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_one_tick_then_continue_and_a_link_that_takes_it_back(
    program: Program, page: Page, phone: Page
) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    patient_id = _somebody(program)
    page.goto(f"{program.url}/patient?patient={patient_id}")
    expect(page.get_by_text("No consent yet").first).to_be_visible(timeout=60_000)
    url = _send(page, "Send verification link")
    phone.goto(url)
    tick = phone.get_by_role("checkbox", name=TICK)
    expect(tick).not_to_be_checked()
    # Nothing is wider than the phone.
    box = phone.locator("main").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
    target = phone.locator("label.tick").bounding_box()
    assert target is not None and target["height"] >= 44
    # Without the tick the browser itself stays on the page.
    phone.get_by_role("button", name="Continue").click()
    expect(tick).to_be_visible()
    assert phone.url == url
    tick.check()
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_role("button", name="Verify my identity").click()
    expect(phone.get_by_role("heading", name="If you change your mind")).to_be_visible()
    expect(page.get_by_text("Consent given").first).to_be_visible(timeout=60_000)
    lasting = phone.get_by_role("link").get_attribute("href") or ""
    phone.goto(lasting)
    expect(phone.get_by_role("heading", name="Withdraw your consent")).to_be_visible()
    phone.get_by_role("button", name="Withdraw my consent").click()
    expect(phone.get_by_role("heading", name="Your consent is withdrawn")).to_be_visible()
    expect(page.get_by_text("Consent withdrawn").first).to_be_visible(timeout=60_000)
    phone.goto(lasting)
    expect(phone.get_by_role("heading", name="Your consent was withdrawn before")).to_be_visible()
    assert lasting.rsplit("/", 1)[1].encode() not in program.log_files()
    assert lasting.rsplit("/", 1)[1].encode() not in program.output.read_bytes()
