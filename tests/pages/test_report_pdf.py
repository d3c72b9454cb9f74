"""The access report as a PDF: what it says, on how many pages, in which scripts."""

import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from pages._ui.audit.report_pdf import report_pdf, report_sentence
from services.staff.access_log.report import AccessReport
from services.staff.access_log.rows import AuditEvent
from tests.clock import FakeClock
from tests.staff.access_log.events import ANNA, BERT

NOW = FakeClock().now
NEW_YORK = ZoneInfo("America/New_York")


def event(number: int = 1, **values: Any) -> AuditEvent:
    known: dict[str, Any] = {
        "seq": number,
        "at": NOW - timedelta(hours=number),
        "actor_id": "test#sam",
        "actor": "Sam Support",
        "role": "support",
        "action": "patient.view",
        "outcome": "done",
        "patient_id": ANNA,
    }
    return AuditEvent(**known | values)


def pdf(*events: AuditEvent, sandbox: bool = True, **values: Any) -> PdfReader:
    known: dict[str, Any] = {
        "patient_id": ANNA,
        "name": "Anna Łukasiewicz",
        "born": "1980-02-01",
        "events": events,
        "since": None,
        "until": NOW,
        "made_at": NOW,
        "made_by": "Carla (compliance)",
    }
    report = AccessReport(**known | values)
    return PdfReader(io.BytesIO(report_pdf(report, NEW_YORK, is_sandbox=sandbox)))


def words(reader: PdfReader) -> str:
    """The text of all pages, on one line."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_it_says_who_when_what_and_why() -> None:
    reason = {"reason": "Patient asked", "ticket": "SUP-7"}
    told = words(pdf(event(), event(2, action="queries.start", outcome="denied", **reason)))
    for part in (
        "Access report",
        "Anna Łukasiewicz",
        "1980-02-01",
        ANNA,
        "2 by 1 member of the staff",
        "Sep 14, 2026, 10:30:00 EDT",
        "Sam Support Support",
        "Opened the record",
        "Was refused: the role may not start queries",
        "Patient asked SUP-7",
        "everything in the access log until Sep 14, 2026, 11:30:00 EDT",
        "time zone America/New_York",
        "Sandbox: invented data",
        "Page 1 of 1",
    ):
        assert part in told, (part, told)


def test_it_has_nobody_elses_data() -> None:
    search = event(patient_id=None, action="patient.search", details={"shown": [BERT, ANNA]})
    about = event(patient_id=BERT, details={"shown": [ANNA]})
    told = words(pdf(search, about))
    assert told.count("Saw the person in a list of search results") == 2
    assert BERT not in told and "2 shown" not in told
    assert report_sentence(search, ANNA) == "Saw the person in a list of search results"


def test_every_page_is_numbered_and_has_the_headings() -> None:
    reader = pdf(*(event(number) for number in range(1, 80)))
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"Page {number} of {len(reader.pages)}" in text
        assert "When" in text and "Sandbox: invented data" in text


def test_with_an_account_nothing_says_sandbox() -> None:
    assert "Sandbox" not in words(pdf(event(), sandbox=False))


def test_nobody_looked() -> None:
    assert "Nobody of the company has looked at this record" in words(pdf())


@pytest.mark.parametrize(
    "name", ["Zoë Þórðardóttir", "Αθηνά Παπά", "Иван Щукин", "Գայանե", "ნინო", "محمد علي", "אברהם"]
)
def test_names_in_many_scripts_are_printed(name: str) -> None:
    told = words(pdf(event(actor=name), name=name))
    assert "U+" not in told and "lacks signs" not in told


@pytest.mark.parametrize("name", ["王小明", "प्रिया", "😀 Anna"])
def test_signs_that_the_font_lacks_are_told_and_not_drawn_as_boxes(name: str) -> None:
    told = words(pdf(event(), name=name))
    assert f"[U+{ord(name[0]):04X}]" in told
    assert "lacks signs of the name" in told


@pytest.mark.parametrize("text", ["a\x00b\n\u202ec", "x" * 3000, "\ud800", " ", "", "<b>&amp;**_"])
def test_odd_texts_make_a_file(text: str) -> None:
    odd = event(actor=text, action=text, reason=text, ticket=text, role=text)
    assert pdf(odd, name=text, born=text, made_by=text).pages
