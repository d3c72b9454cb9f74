"""The main job as a person does it: nothing touched but the browser."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program, started

pytestmark = pytest.mark.browser

WHO = (b"Jane", b"Smith", b"1996-02-10", b"DustyDepot", b"Springfield")


def click_first_row(page: Page) -> None:
    """Open what the first row of the page's first list names."""
    page.locator(".list tbody tr").first.get_by_role("link").first.click()


def test_from_search_to_records_and_charts(page: Page, tmp_path: Path) -> None:
    with started(tmp_path) as program:
        _sign_in(page, program)
        _find_jane(page)
        _start_query(page)
        _fetch_records(page)
        _read_details(page)
        _follow_the_chart(page)
        _sandbox_saw_one_start(program)
    leftover = program.log_files() + program.output.read_bytes()
    assert len(leftover) > 1_000_000
    assert [word for word in WHO if word in leftover] == []


def _sign_in(page: Page, program: Program) -> None:
    page.goto(program.url)
    expect(page.get_by_role("heading", name="Who is working today?")).to_be_visible()
    page.get_by_role("button", name="Support").click()
    expect(page.get_by_role("heading", name="Patients")).to_be_visible()


def _find_jane(page: Page) -> None:
    page.get_by_label("Search", exact=True).fill("Jane Smith 1996-02")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1–1 of 1", exact=True)).to_be_visible()
    click_first_row(page)
    expect(page.get_by_role("heading", name="Jane Smith")).to_be_visible()
    assert "Jane" not in page.url


def _start_query(page: Page) -> None:
    page.get_by_role("button", name="Start treatment query").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("HIE", exact=True).click()
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_text("Choose at least one source.")).to_be_visible()
    expect(dialog.get_by_text("Choose a reason.")).to_be_visible()
    for source in ("HIE", "Pharmacy", "Laboratory"):
        dialog.get_by_text(source, exact=True).click()
    dialog.get_by_label("Reason").click()
    page.keyboard.type("Visit")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_text("Metriport will ask")).to_be_visible()
    dialog.get_by_role("button", name="Start the query").click()
    expect(page.get_by_text("Metriport is asking the sources")).to_be_visible()
    expect(page.get_by_text("Every source that was asked has answered")).to_be_visible(
        timeout=30_000
    )


def _fetch_records(page: Page) -> None:
    # The verdict names the next step, and does it.
    verdict = page.locator('[class*="st-key-verdict_"]')
    verdict.get_by_role("button", name="Fetch records").click()
    expect(page.get_by_text(re.compile(r"resources of \d+ types"))).to_be_visible(timeout=60_000)


def _read_details(page: Page) -> None:
    page.get_by_role("link", name="Open the query").first.click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(page.get_by_text("Sasha Whitfield", exact=True).first).to_be_visible()


def _follow_the_chart(page: Page) -> None:
    page.get_by_role("link", name="Outcomes").first.click()
    bars = page.locator(".js-plotly-plot").first.locator(".point path")
    expect(bars.first).to_be_attached()
    page.wait_for_timeout(1500)
    bars.nth(2).click(force=True)
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    assert "purpose=Treatment" in page.url


def _sandbox_saw_one_start(program: Program) -> None:
    headers = {"x-api-key": "sandbox"}
    seen = httpx.get(f"{program.url}/sandbox/_control/requests", headers=headers).json()
    starts = [
        one
        for one in seen["requests"]
        if one["method"] == "POST" and one["path"].endswith("/network/query")
    ]
    assert len(starts) == 1


def test_a_cold_deep_link_passes_the_shell(page: Page, tmp_path: Path) -> None:
    """The first page that a new process draws is one that the role may not see."""
    with started(tmp_path) as program:
        page.context.add_cookies([program.cookie(Role.PRODUCT)])
        page.goto(f"{program.url}/patient?patient=0191b878-d0c4-7d82-8960-cb8cf9fe6c6d")
        expect(page.get_by_text("Priya Lindqvist")).to_be_visible()
        expect(page.get_by_text("Your role, product, does not have this page.")).to_be_visible()
        assert page.get_by_text("Start treatment query").count() == 0


def test_a_deep_link_survives_the_sign_in(page: Page, tmp_path: Path) -> None:
    with started(tmp_path) as program:
        page.goto(f"{program.url}/patient?patient=nonsense")
        page.get_by_role("button", name="Compliance").click()
        expect(page.get_by_role("heading", name="This person cannot be shown")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Who is working today?")).to_be_visible()
        page.context.clear_cookies()
        answer = page.request.get(f"{program.url}/media/nothing", headers={"accept": "*/*"})
        assert answer.status == 401
