"""An auditor's walk: from "prove that this query was allowed" to the packet, and the report."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Download, Page, expect
from pypdf import PdfReader
from sqlmodel import col, select

from services.compliance.packets.packet_texts import VERIFY
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import AuditEvent
from tests.browser.conftest import Program
from tests.browser.file_ways import settle
from tests.compliance.packets.openssl import verifies

pytestmark = pytest.mark.browser

ROW = ".list tbody tr"
PATIENCE = 120_000
"""Milliseconds until the rules have judged the sandbox's past."""


def exports(program: Program, action: str) -> Sequence[AuditEvent]:
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    with store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == action)
        found = session.exec(wanted.order_by(col(AuditEvent.seq))).all()
    store.close()
    return found


def open_audit(page: Page, program: Program) -> None:
    page.context.add_cookies([program.cookie(Role.COMPLIANCE)])
    page.goto(program.url)
    page.get_by_role("link", name="IAS audit").click()
    expect(page.locator(ROW).first).to_be_visible(timeout=PATIENCE)
    settle(page)


def press(page: Page, name: str) -> Download:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name=name).click()
    return waiting.value


def test_the_packet_comes_with_three_presses_and_verifies(
    page: Page, program: Program, tmp_path: Path
) -> None:
    open_audit(page, program)
    # Looks stand in the list too, and have no packet.
    page.locator(f"{ROW}:not([data-key^=event])").get_by_role("link").first.click()
    file = press(page, "Evidence packet (PDF)")
    (event,) = exports(program, "evidence.export")
    assert file.suggested_filename == f"evidence-{event.object_id}.pdf"
    reader = PdfReader(io.BytesIO(file.path().read_bytes()))
    assert str(event.object_id) in reader.pages[0].extract_text()
    files = {name: parts[0] for name, parts in reader.attachments.items()}
    assert verifies(tmp_path, VERIFY, files)
    archive = press(page, "Signed packet (ZIP)").path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert "README.txt" in packed.namelist()
    assert [row.details for row in exports(program, "evidence.export")] == [
        {"format": "pdf"},
        {"format": "zip"},
    ]


def test_the_report_of_the_period_comes_with_one_press(page: Page, program: Program) -> None:
    open_audit(page, program)
    reader = PdfReader(io.BytesIO(press(page, "Report (PDF)").path().read_bytes()))
    assert "Compliance report" in reader.pages[0].extract_text()
    book = openpyxl.load_workbook(io.BytesIO(press(page, "Report (XLSX)").path().read_bytes()))
    assert "Definitions" in book.sheetnames
    first, second = exports(program, "report.export")
    assert first.details is not None and second.details is not None
    assert first.details["since"] == second.details["since"]
    assert (first.details["format"], second.details["format"]) == ("pdf", "xlsx")
