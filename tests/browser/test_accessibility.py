"""axe-core finds nothing serious on any page, in either theme, nor in the dialogs."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery, ProofedIdentity, UpstreamCall, WebhookEvent
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
PAGES = {
    "patients": "",
    "patient": "?patient={patient}",
    "records": "?patient={patient}",
    "queries": "",
    "query": "?query={query}",
    "bulk": "",
    "outcomes": "",
    "webhooks": "",
    "webhook": "?message={webhook}",
    "calls": "",
    "call": "?call={call}",
    "ias_audit": "",
    "evidence": "?query={query}",
    "rules": "",
    "access_log": "?about={patient}",
    "access_review": "",
    "system": "",
}


@pytest.fixture(scope="module")
def ids(program: Program) -> dict[str, str]:
    """One thing of each kind that has a page."""
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    with store.read() as session:
        query = session.exec(
            select(NetworkQuery).where(col(NetworkQuery.status) == "partial")
        ).first()
        found = {
            "patient": session.exec(select(ProofedIdentity.patient_id)).first(),
            "query": query and query.id,
            "webhook": session.exec(select(WebhookEvent.id)).first(),
            "call": session.exec(select(UpstreamCall.id)).first(),
        }
    store.close()
    return {name: str(value) for name, value in found.items()}


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, chromium: Browser, program: Program) -> Iterator[Page]:
    """A window of an administrator in each theme."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    context.add_cookies([program.cookie(Role.ADMIN)])
    yield context.new_page()
    context.close()


def serious_faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical: the rule, and the place."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def test_no_page_has_a_serious_fault(themed: Page, program: Program, ids: dict[str, str]) -> None:
    faults = {}
    for name, rest in PAGES.items():
        themed.goto(f"{program.url}/{name}{rest.format(**ids)}")
        expect(themed.locator(".stMain h1").first).to_be_visible()
        expect(themed.get_by_test_id("stStatusWidget")).to_have_count(0)
        # What fades in is paler than it will be.
        themed.wait_for_timeout(500)
        faults[name] = serious_faults(themed)
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("path", "button"),
    [
        ("patients", "New patient"),
        ("patient?patient={patient}", "Start treatment query"),
        ("queries", "Export"),
        ("access_log?about={patient}", "Access report"),
    ],
)
def test_no_dialog_has_a_serious_fault(
    themed: Page, program: Program, ids: dict[str, str], path: str, button: str
) -> None:
    themed.goto(f"{program.url}/{path.format(**ids)}")
    # The verdict of some people offers it too.
    themed.get_by_role("button", name=button).first.click()
    expect(themed.get_by_role("dialog")).to_be_visible()
    themed.wait_for_timeout(800)
    assert serious_faults(themed) == []
