"""Period reports: the same numbers on paper and in the spreadsheet, and odd texts in both."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from services.compliance.packets.program import this_program
from services.compliance.reports.period import Period, checked_period
from services.compliance.reports.period_reports import PeriodReports, ReportForm, report_name
from services.errors import InvalidInput, NotPermitted
from services.ids import new_id
from services.settings import Settings
from services.staff.audit import Stranger
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import (
    Assessment,
    AssessmentDay,
    AuditEvent,
    NetworkQuery,
    RecordLook,
)
from tests.clock import FakeClock
from tests.compliance.packets.story import Story, words
from tests.compliance.reviews.stage import ANNA, SAM

FIRST, LAST = date(2026, 7, 15), date(2026, 9, 14)
EVIL = ["=1+1", "+x", "@x", "\u202egnp", "a\x00b", "z" * 10_000, "<r><t>x</t></r>", '#import "x"']


@pytest.fixture
def story(store: Store, clock: FakeClock) -> Story:
    """A story of one query, and more of the period, on each database in turn."""
    return Story(store, clock)


def reports(story: Story) -> PeriodReports:
    program = this_program(Settings(_env_file=None))  # type: ignore[call-arg]
    return PeriodReports(story.store, story.audit, story.signing, program, story.clock)


def started(story: Story, at: datetime, **values: Any) -> None:
    known = {"patient_id": "p", "purpose": "treatment", "origin": "dashboard"}
    known |= {"status": "completed", "started_by_id": SAM.id}
    row = NetworkQuery(id=new_id(at), submitted_at=at, **known | values)
    with story.store.write() as session:
        session.add(row)


def counted(story: Story, day: date, **counts: int) -> None:
    with story.store.write() as session:
        for what, number in counts.items():
            name = what.replace("_", " ", 1)
            session.add(AssessmentDay(day=day, what=name, number=number))


def looked(story: Story, at: datetime, **values: Any) -> None:
    known = {"patient_id": "p", "act": "download", "actor_id": "a", "actor": "Ada"}
    row = RecordLook(id=new_id(at), at=at, **{**known, "reason": "Audit", **values})
    with story.store.write() as session:
        session.add(row)


def paper(story: Story, since: date = FIRST, until: date = LAST) -> str:
    return words(reports(story).make(ANNA, since, until, ReportForm.PDF))


def book(story: Story, since: date = FIRST, until: date = LAST) -> dict[str, list[list[Any]]]:
    made = openpyxl.load_workbook(
        io.BytesIO(reports(story).make(ANNA, since, until, ReportForm.XLSX))
    )
    for sheet in made:
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        # Nothing is calculated, and nothing is a link.
        assert kinds <= {"s", "n"}, sheet.title
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in made
    }


def test_months_are_cut_to_the_period() -> None:
    months = list(Period(date(2026, 1, 31), date(2026, 3, 1)).months())
    assert [(str(month.since), str(month.until)) for month in months] == [
        ("2026-01-31", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-01"),
    ]
    assert len(list(Period(date(2016, 1, 1), date(2025, 12, 31)).months())) == 120
    assert months[0].end == months[1].start == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until"), [("2026-09-14", "2026-09-13"), ("2026-09-14", "2026-09-15"),
                         ("2000-01-01", "2026-09-14")],
)  # fmt: skip
def test_days_that_make_no_period_are_refused(since: str, until: str) -> None:
    with pytest.raises(InvalidInput):
        checked_period(date.fromisoformat(since), date.fromisoformat(until), LAST)


def test_an_empty_log_makes_a_report(story: Story) -> None:
    told = paper(story)
    assert "Compliance report" in told and "Nothing is open." in told
    assert "No rule found anything." in told and "Nobody looked at records." in told
    assert book(story)["Usage by outcome"] == [
        ["Purpose", "Outcome", "Queries", "Share of the purpose (0 to 1)"]
    ]


def test_what_is_counted_stands_on_paper_and_in_the_book(story: Story) -> None:
    query = story.play()
    story.review(query)
    for at, values in (
        (datetime(2026, 7, 14, 23, 59, 59, tzinfo=UTC), {}),
        (datetime(2026, 7, 15, tzinfo=UTC), {}),
        (datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC), {"purpose": "ias", "status": "failed"}),
        (datetime(2026, 9, 1, tzinfo=UTC), {"started_by_id": None, "purpose": "coverage"}),
    ):
        started(story, at, **values)
    counted(story, date(2026, 8, 3), ias=10, complete=7, present=90, applicable=100)
    counted(story, date(2026, 9, 14), severity_3=2, severity_1=1, rule_clocks=3)
    counted(story, date(2026, 7, 14), ias=1000, severity_3=1000)
    looked(story, datetime(2026, 9, 2, tzinfo=UTC))
    story.anchors.anchor()
    sheets = book(story)
    assert sheets["Usage by month"] == [
        ["Month", "IAS", "Treatment", "coverage"],
        ["2026-07", 0, 1, 0],
        ["2026-08", 1, 0, 0],
        ["2026-09", 1, 0, 1],
    ]
    assert ["IAS", "failed", 1, 0.5] in sheets["Usage by outcome"]
    assert ["Started elsewhere", None, 0, 0, 1] in sheets["Usage by staff"]
    assert [SAM.name, SAM.id, 2, 1, 0] in sheets["Usage by staff"]
    assert ["2026-08", 10, 7, 90, 100, 0.9] in sheets["Completeness"]
    assert ["2026-09", 2, 0, 1] in sheets["Findings by month"]
    assert sheets["Findings by rule"][1][2:4] == ["clocks", 3]
    assert ["Decisions in the period: not justified", 2] in sheets["Reviews"]
    assert ["Items closed in the period: not justified", 1] in sheets["Reviews"]
    assert ["support", "queries.start", 1, 0] in sheets["Access by role"]
    assert ["Downloaded", 1] in sheets["Break-glass"]
    assert ["Not seen by a reviewer yet", 1] in sheets["Break-glass"]
    assert any("valid" in str(row[1]) for row in sheets["Access log"])
    assert dict(sheets["Definitions"][1:])["Completeness"].startswith("Present links")
    assert "0 to 1" in sheets["Completeness"][0][5]
    told = paper(story)
    for part in (
        "2026-07-15 to 2026-09-14", "IAS queries by month", "Treatment queries by month",
        "coverage queries by month", "90.0 %", "2 serious, 0 warning, 1 notice", "Sam Support",
        "Break-glass looks at records", "Ada", "State of the access log", "Definitions", "12h",
    ):  # fmt: skip
        assert part in told, (part, told)


def test_the_oldest_open_items_come_first_and_their_age_is_told(story: Story) -> None:
    story.reviewing.line_up("q-old", "serious a")
    story.clock.forward(days=3)
    story.reviewing.line_up("q-new", "warning a")
    items = book(story, FIRST, story.clock().date())["Open items"]
    assert [(row[1], row[2], row[3]) for row in items[1:]] == [
        (3, "q-old", "Serious"), (0, "q-new", "Warning"),
    ]  # fmt: skip


def test_the_annex_says_what_it_leaves_out(story: Story) -> None:
    counted(story, LAST, severity_3=3)
    with story.store.write() as session:
        at = datetime(2026, 9, 14, tzinfo=UTC)
        session.add(
            Assessment(
                subject="q-1", kind="query", purpose="ias", patient_id="p", at=at, actor="Sam",
                rules_version="1", severity=3, missing=[], findings=["clocks", "unknown rule"],
                assessed_at=at,
            )
        )  # fmt: skip
    sheet = book(story)["Serious findings"]
    assert sheet[1][1:] == ["q-1", "IAS", "Times that contradict each other (Warning), "
                            "unknown rule", "Sam"]  # fmt: skip
    assert sheet[2][0] == "2 older ones are left out."


@pytest.mark.parametrize("text", EVIL)
def test_hostile_texts_stay_texts(story: Story, text: str) -> None:
    at = datetime(2026, 9, 2, tzinfo=UTC)
    short = text[:60]
    looked(story, at, actor=text[:200], reason=short, ticket=text[:40], patient_id=text[:100])
    started(story, at, purpose=text[:40], status=text[:40], started_by_id=text[:100])
    story.reviewing.line_up(text[:60], "warning a")
    assert book(story) and paper(story)


def test_it_is_noted_before_it_is_read_and_only_compliance_may(story: Story) -> None:
    for who in (SAM, replace(ANNA, role=Role.PRODUCT)):
        with pytest.raises(NotPermitted):
            reports(story).make(who, FIRST, LAST, ReportForm.PDF)
    with pytest.raises(InvalidInput):
        reports(story).make(ANNA, LAST, FIRST, ReportForm.PDF)
    reports(story).make(ANNA, FIRST, LAST, ReportForm.XLSX)
    operator = Stranger("command line#ops", "ops (command line)")
    reports(story).make_for_operator(operator, FIRST, LAST, ReportForm.PDF)
    made = [row for row in story.rows(AuditEvent) if row.action == "report.export"]
    days = {"since": "2026-07-15", "until": "2026-09-14"}
    assert [(row.actor_id, row.details) for row in made] == [
        (ANNA.id, days | {"format": "xlsx"}),
        (operator.id, days | {"way": "command line", "format": "pdf"}),
    ]


def test_ten_years_fit_on_paper(story: Story) -> None:
    counted(story, date(2020, 2, 29), ias=1, severity_2=1)
    told = paper(story, date(2016, 9, 15), LAST)
    assert "2016-09" in told and "2020-02" in told


def test_the_file_is_named_after_the_period() -> None:
    assert report_name(FIRST, LAST, ReportForm.PDF) == (
        "compliance-report-2026-07-15-2026-09-14.pdf"
    )
    assert ReportForm.PDF.mime == "application/pdf"
