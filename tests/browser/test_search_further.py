"""Searching further back in a real browser, by the keyboard."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.staff.permissions import Role
from services.store import Store
from tests.browser.conftest import started
from tests.sparse_log import fill_sparsely

pytestmark = pytest.mark.browser


def test_the_keyboard_has_a_search_go_further_back(page: Page, tmp_path: Path) -> None:
    with started(tmp_path) as program:
        store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
        query_id = fill_sparsely(store, datetime.now(UTC))
        store.close()
        page.context.add_cookies([program.cookie(Role.SUPPORT)])
        page.goto(f"{program.url}/queries?status=Unconfirmed&purpose=IAS&to=2021-01-01")
        expect(page.get_by_text("Searched back to")).to_be_visible()
        expect(page.get_by_text("Nothing that matches was found so far.")).to_be_visible()
        further = page.get_by_role("button", name="Search further back")
        further.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".list tbody tr")).to_have_attribute("data-key", query_id)
        expect(page.get_by_text("Searched back to")).to_have_count(0)
        expect(page).to_have_url(re.compile(r"[?&]after=\d+"))
