"""Files in the real browser: all rows, harmless, noted; and no other way to a file on any page."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from pages._ui.frame.places import PAGES
from services.ids import new_id
from services.staff.permissions import Role, is_granted
from services.store import Store
from services.store.tables import (
    AuditEvent,
    BulkItem,
    BulkRun,
    NetworkQuery,
    UpstreamCall,
    WebhookEvent,
)
from tests.browser.conftest import Program
from tests.browser.file_ways import look, settle, watched

pytestmark = pytest.mark.browser

EVIL: list[str] = [
    *json.loads((Path(__file__).parents[1] / "cases/evil_names.json").read_text()),
    *("  =1+1", "\r=1", '"=1"', "\u200f-1", "x" * 500, "line\nbreak", "<r><t>x</t></r>", "_x0041_"),
]
VICTIM = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"
RUN = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6e"
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture(scope="module")
def log(program: Program) -> Iterator[Store]:
    """The program's log, with a query and a bulk run of evil texts in it."""
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    now = datetime(2026, 9, 1, tzinfo=UTC)
    with store.write() as session:
        queries = [
            NetworkQuery(
                id=new_id(now), patient_id=VICTIM, purpose="treatment", origin="dashboard",
                status="rejected", started_by=text[:200], ticket=text[:40], error_detail=text,
                submitted_at=now, finished_at=now, error_status=400,
            )
            for text in EVIL
        ]  # fmt: skip
        session.add_all(queries)
        session.add(
            BulkRun(
                id=RUN, created_by="Sam", role="support", created_at=now, status="finished",
                facility_id="f", sources={"hie": True}, reason="Audit", total=len(EVIL),
            )
        )  # fmt: skip
        session.flush()
        session.add_all(
            BulkItem(
                run_id=RUN, patient_id=f"p-{number}", query_id=query.id, status="failed",
                error=EVIL[number][:300],
            )
            for number, query in enumerate(queries)
        )  # fmt: skip
    yield store
    store.close()


def open_export(page: Page, program: Program, path: str, role: Role = Role.SUPPORT) -> None:
    page.context.add_cookies([program.cookie(role)])
    page.goto(f"{program.url}/{path}")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("button", name="Download CSV")).to_be_enabled()
    settle(page)


def download(page: Page, kind: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {kind}").click()
    assert waiting.value.suggested_filename.endswith(f"Z.{kind.lower()}")
    return waiting.value.path().read_bytes()


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def xlsx_rows(content: bytes) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Rows"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    head, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def exports(log: Store, table: str) -> Sequence[AuditEvent]:
    with log.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == f"{table}.export")
        return session.exec(wanted.order_by(col(AuditEvent.seq))).all()


def test_a_file_has_all_rows_of_the_filter_not_only_those_of_the_page(
    page: Page, program: Program, log: Store
) -> None:
    with log.read() as session:
        wanted = select(NetworkQuery.id).where(col(NetworkQuery.status) == "rejected")
        ids = set(session.exec(wanted).all())
    # More than a page of the list.
    assert len(ids) > 50
    open_export(page, program, "queries?status=Rejected")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{len(ids)} queries, all that match")
    expect(dialog).to_contain_text("Status: rejected")
    rows = csv_rows(download(page, "CSV"))
    assert {row["id"] for row in rows} == ids and len(rows) == len(ids)
    assert all(row["submitted_at_utc"].endswith("Z") for row in rows)
    of_excel = xlsx_rows(download(page, "XLSX"))
    assert [row["id"] for row in of_excel] == [row["id"] for row in rows]
    details = {"statuses": "rejected", "rows": len(ids)}
    assert [event.details for event in exports(log, "queries")] == [
        details | {"format": "CSV"},
        details | {"format": "XLSX"},
    ]


def test_evil_texts_are_calculated_by_nothing_and_stay_what_they_are(
    page: Page, program: Program, log: Store
) -> None:
    open_export(page, program, f"queries?patient={VICTIM}")
    rows = [row for row in csv_rows(download(page, "CSV")) if row["error_status"] == "400"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULAS)]
    assert {row["error_detail"].removeprefix("'") for row in rows} == set(EVIL)
    of_excel = [row for row in xlsx_rows(download(page, "XLSX")) if row["error_status"] == 400]
    texts = {unescape(str(row["error_detail"])) for row in of_excel}
    # The library would take such a text for its own markup, so it gets a blank at its end.
    assert texts == {f"{text} " if text.startswith("<r>") else text for text in EVIL}
    assert {row["started_by"] for row in of_excel} >= {'=HYPERLINK("https://evil.example")'}


@pytest.mark.parametrize(
    ("path", "table"), [(f"bulk?run={RUN}", "bulk"), ("webhooks", "webhooks"), ("calls", "calls")]
)
def test_every_table_that_people_need_outside_has_its_file(
    page: Page, program: Program, log: Store, path: str, table: str
) -> None:
    open_export(page, program, path)
    rows = csv_rows(download(page, "CSV"))
    assert len(xlsx_rows(download(page, "XLSX"))) >= len(rows) > 0
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULAS)]
    first, _second = exports(log, table)
    assert first.details is not None and first.details["rows"] == len(rows)
    assert first.actor_id and first.session_id


@pytest.mark.parametrize(("path", "role"), [("outcomes", Role.SUPPORT), ("adoption", Role.PRODUCT)])
def test_each_page_of_charts_has_its_files(
    page: Page, program: Program, log: Store, path: str, role: Role
) -> None:
    open_export(page, program, path, role)
    of_csv, of_excel = csv_rows(download(page, "CSV")), xlsx_rows(download(page, "XLSX"))
    assert [list(row.values()) for row in of_excel if row] and len(of_excel) == len(of_csv)
    assert {row["filter"].partition(";")[0] for row in of_csv} == {
        f"chart: {'headline' if path == 'outcomes' else 'funnel'}"
    }
    assert download(page, "PDF").startswith(b"%PDF")
    noted = [event.details or {} for event in exports(log, path)]
    assert [details["format"] for details in noted] == ["CSV", "XLSX", "PDF"]
    assert [details["rows"] for details in noted[:2]] == [len(of_csv)] * 2


def test_after_the_end_of_the_session_the_button_of_the_open_dialog_hands_out_nothing(
    page: Page, program: Program, log: Store
) -> None:
    open_export(page, program, "webhooks")
    before = len(exports(log, "webhooks"))
    ended = page.context.new_page()
    ended.goto(f"{program.url}/sign-in")
    httpx.post(
        f"{program.url}/sign-in/out",
        cookies={cookie["name"]: cookie["value"] for cookie in page.context.cookies()},
        headers={"Origin": program.url},
    )
    with watched(page) as ways:
        # Sent to the button itself: the page may be covered already.
        page.get_by_role("button", name="Download CSV").dispatch_event("click")
        page.wait_for_url("**/sign-in**", timeout=60_000)
    assert ways.found == {}
    assert len(exports(log, "webhooks")) == before


def addresses(log: Store, role: Role) -> list[str]:
    """Every page that the role may open, with something on it."""
    with log.read() as session:
        of_kind = {
            "patient": VICTIM,
            "records": VICTIM,
            "query": session.exec(select(NetworkQuery.id)).first(),
            "webhook": session.exec(select(WebhookEvent.id)).first(),
            "call": session.exec(select(UpstreamCall.id)).first(),
            "evidence": session.exec(select(NetworkQuery.id)).first(),
        }
    keys = {"webhook": "message", "records": "patient", "evidence": "query"}
    paths = []
    for entry in PAGES:
        if is_granted(role, entry.permission):
            found = of_kind.get(entry.path)
            about = f"?{keys.get(entry.path, entry.path)}={found}" if found else ""
            paths.append(entry.path + about)
    return paths


FILE_BUTTONS = {
    "ias_audit": ["Report (PDF)", "Report (XLSX)"],
    "evidence": ["Evidence packet (PDF)", "Signed packet (ZIP)"],
}
"""Buttons that make a file without a dialog, by page. There is nothing to ask about such a file;
`report.export` or `evidence.export` is noted before its bytes are made (tests/compliance)."""


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE, Role.PRODUCT, Role.ADMIN])
def test_no_page_has_another_way_to_a_file(
    page: Page, program: Program, log: Store, role: Role
) -> None:
    """Printing is the browser's own, and a page that is shown can be photographed anyhow."""
    page.context.add_cookies([program.cookie(role)])
    walked = addresses(log, role)
    assert walked
    buttons: dict[str, list[str]] = {}
    with watched(page) as ways:
        for path in walked:
            page.goto(f"{program.url}/{path}")
            look(page, ways)
            name = path.partition("?")[0]
            if found := page.get_by_test_id("stDownloadButton").all():
                buttons[name] = [one.get_by_role("paragraph").inner_text() for one in found]
    has_them = role in (Role.COMPLIANCE, Role.ADMIN)
    assert buttons == (FILE_BUTTONS if has_them else {})
    assert set().union(*ways.found.values()) <= {"stDownloadButton"}


def test_the_browser_films_no_page(page: Page, program: Program) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/queries")
    page.get_by_test_id("stMainMenu").click()
    expect(page.get_by_role("menuitem", name="Print")).to_be_visible()
    expect(page.get_by_test_id("stMainMenuItem-recordScreencast")).to_be_hidden()
    refused = "navigator.mediaDevices.getDisplayMedia().catch((error) => error.name)"
    assert page.evaluate(refused) == "NotAllowedError"
