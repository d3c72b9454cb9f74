"""Somebody moves between their verification and their query, as staff and the person see it."""

import sqlite3
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Program
from tests.browser.phone import press_continue
from tests.browser.test_individual_access import (
    _button,
    _challenge,
    _open,
    _see,
    _somebody,
    _step,
    _verify,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The patient's window."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _captured(program: Program, patient_id: str) -> bool:
    """Whether the worker has read the record of the person's newest identity."""
    wanted = """SELECT count(*) FROM proofed_demographics WHERE proofed_identity_id = (
        SELECT proofed_identity_id FROM proofed_identity WHERE patient_id = ?
        ORDER BY verified_at DESC LIMIT 1)"""
    with sqlite3.connect(program.data / "access-desk.db") as log:
        [hashes] = log.execute(wanted, [patient_id]).fetchone()
    log.close()
    return bool(hashes)


def _wait_for_capture(program: Program, patient_id: str) -> None:
    ends_at = time.monotonic() + 60
    while not _captured(program, patient_id):
        assert time.monotonic() < ends_at, "the record was not captured"
        time.sleep(0.2)


def _move(program: Program, patient_id: str) -> None:
    """The company's own app changes the street of the person."""
    address = f"{program.url}/sandbox/medical/v1/patient/{patient_id}"
    key = {"x-api-key": "sandbox"}
    known = httpx.get(address, headers=key).raise_for_status().json()
    known["address"][0]["addressLine1"] = "77 Newly Moved Way"
    facility = {"facilityId": known["facilityIds"][0]}
    httpx.put(address, headers=key, params=facility, json=known).raise_for_status()


def _make_link(staff: Page) -> str:
    """The address that the open dialog of a link makes."""
    dialog = staff.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_alt_text("QR code of the link")).to_be_visible()
    link = dialog.get_by_label("Link")
    expect(link).not_to_have_value("")
    url = link.input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog).to_contain_text("Copied")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    return url


def test_whoever_moved_verifies_again(page: Page, phone: Page, program: Program) -> None:
    patient_id = _somebody(program)
    _open(page, program, patient_id)
    _verify(page, phone)
    _wait_for_capture(program, patient_id)
    _challenge(page, phone)
    _move(program, patient_id)
    # The page holds the record of before: the start itself notices.
    _button(page, "Start IAS query").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Changed since")).to_have_count(0)
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Start the query").click()
    expect(dialog.get_by_text("Changed since the identity was verified: address.")).to_be_visible()
    _see(page, 2, "Record changed")
    expect(_step(page, 3)).to_contain_text("Active")
    dialog.get_by_role("button", name="Send verification link").click()
    url = _make_link(page)
    phone.goto(url)
    press_continue(phone)
    phone.get_by_role("button", name="Verify my identity").click()
    _see(page, 2, "Verified")
    _wait_for_capture(program, patient_id)
    _challenge(page, phone)
    expect(page.get_by_text("has changed since")).to_have_count(0)
    _button(page, "Start IAS query").click()
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Start the query").click()
    expect(dialog).to_have_count(0)
    _see(page, 4, "Completed")
