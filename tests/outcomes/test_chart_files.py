"""Files of the charts: what the page shows, told in the file and in the access log."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from sqlmodel import col, select

from services.errors import InvalidInput
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.views import view_of
from services.outcomes.chart_files.chart_ask import ChartAsk, ChartForm, charts_of
from services.outcomes.chart_files.chart_files import ChartFiles
from services.outcomes.definitions import definition
from services.outcomes.outcomes import Outcomes, OutcomeView
from services.outcomes.periods import Period, period_of
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.small_cells import SmallCells, whole_periods
from services.staff.audit import Audit
from services.staff.exports import Exports
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery, QuerySource
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

SUPPORT, PRODUCT = make_actor("Sam", Role.SUPPORT), make_actor("Pia", Role.PRODUCT)
ZONE = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def files(store: Store, clock: FakeClock) -> ChartFiles:
    return make_files(store, clock)


@pytest.fixture
def of_sqlite(sqlite_store: Store, clock: FakeClock) -> ChartFiles:
    return make_files(sqlite_store, clock)


def make_files(store: Store, clock: FakeClock) -> ChartFiles:
    audit, cells = Audit(store, clock, AlwaysSignedIn()), SmallCells(5)
    rollups = Rollups(store, PeopleCounting())
    return ChartFiles(
        Exports(store, audit, clock),
        Outcomes(store, audit, 5, clock, rollups),
        Adoption(audit, rollups, cells, clock, consent=True),
        cells,
        clock,
        is_sandbox=True,
    )


def fill(store: Store, clock: FakeClock) -> None:
    """Three queries of this week, of which one is external; and 31 people's of four weeks ago."""
    now, month = clock(), clock() - timedelta(weeks=4)
    mine = {"patient_id": "p", "purpose": "treatment", "facility_id": "f/1", "submitted_at": now}
    rows = [
        NetworkQuery(id="a", origin="dashboard", status="completed", **mine),
        NetworkQuery(id="b", origin="external", status="completed", **mine),
        NetworkQuery(
            id="c", origin="dashboard", status="rejected", error_title="=cmd|x", error_status=400,
            **mine,
        ),
        *(
            NetworkQuery(
                id=f"i-{number}", patient_id=f"p-{number}", purpose="ias", origin="dashboard",
                status="completed" if number < 20 else "failed", submitted_at=month,
            )
            for number in range(31)
        ),
    ]  # fmt: skip
    with store.write() as session:
        session.add_all(rows)
        session.flush()
        session.add(
            QuerySource(
                query_id="a", type="hie", status="completed", started_at=now,
                completed_at=now + timedelta(seconds=10),
            )
        )  # fmt: skip


def outcomes_view(clock: FakeClock, part: Part | None = None, days: int = 7) -> OutcomeView:
    return OutcomeView(period_of(days, clock(), ZONE), "day", ZONE, part or Part())


def product_view(clock: FakeClock) -> OutcomeView:
    starts, end = whole_periods("week", clock(), 26)
    period = Period(91, starts[13], clock(), end, starts[0], starts[13])
    return OutcomeView(period, "week", ZoneInfo("UTC"))


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def events(store: Store) -> Sequence[AuditEvent]:
    with store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action).endswith(".export"))
        return session.exec(wanted.order_by(col(AuditEvent.seq))).all()


def test_the_rows_of_a_chart(store: Store, clock: FakeClock, files: ChartFiles) -> None:
    fill(store, clock)
    ask = ChartAsk(outcomes_view(clock), ChartForm.CSV, "status")
    rows = csv_rows(files.make(SUPPORT, ask))
    assert [(row["purpose"], row["status"], row["queries"]) for row in rows] == [
        ("treatment", "completed", "2"),
        ("treatment", "rejected", "1"),
    ]
    # September 14 begins in Kolkata at 18:30 UTC of the day before.
    assert {row["start_utc"] for row in rows} == {"2026-09-13T18:30:00.000000Z"}
    assert {row["period_since_utc"] for row in rows} == {"2026-09-07T18:30:00.000000Z"}
    assert "zone: Asia/Kolkata" in rows[0]["filter"]


def test_the_filter_travels(store: Store, clock: FakeClock, files: ChartFiles) -> None:
    fill(store, clock)
    part = Part("f/1", leave_out_external=True, leave_out_tests=False)
    ask = ChartAsk(outcomes_view(clock, part), ChartForm.CSV, "headline")
    rows = csv_rows(files.make(SUPPORT, ask))
    assert [(row["outcome"], row["queries"]) for row in rows] == [
        ("completed", "1"),
        ("rejected", "1"),
    ]
    assert "facility_id: f/1; left_out: external" in rows[0]["filter"]
    assert ask.name(clock()) == (
        "access-desk-outcomes-headline-2026-09-08-to-2026-09-14-facility-f-1-without-external-"
        "with-tests-2026-09-14T1530Z.csv"
    )
    (event,) = events(store)
    assert event.action == "outcomes.export" and event.actor_id == SUPPORT.id
    assert event.details == {
        "chart": "headline",
        "since": "2026-09-07T18:30:00+00:00",
        "until": "2026-09-14T18:30:00+00:00",
        "bars": "day",
        "zone": "Asia/Kolkata",
        "facility_id": "f/1",
        "left_out": "external",
        "rows": 2,
        "format": "CSV",
    }


def test_an_excel_file_begins_with_its_definition(
    sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles
) -> None:
    fill(sqlite_store, clock)
    content = of_sqlite.make(SUPPORT, ChartAsk(outcomes_view(clock), ChartForm.XLSX, "errors"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["About", "Rows"]
    about = {row[0]: row[1] for row in book["About"].iter_rows(min_row=2, values_only=True)}
    for name, text in definition("errors").lines:
        assert about[name] == text
    assert about["Made by"] == "Sam (support)" and "left_out: tests" in str(about["Filter"])
    assert about["Period (UTC)"] == "2026-09-07 18:30 to before 2026-09-14 18:30"
    head, row = book["Rows"].iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True)) == {
        "where": "query",
        "error": "=cmd|x",
        "http_status": 400,
        "purpose": "treatment",
        "queries": 1,
        "first_seen_utc": "2026-09-13T18:30:00.000000Z",
        "last_seen_utc": "2026-09-13T18:30:00.000000Z",
    }
    assert {cell.data_type for line in book["Rows"].iter_rows() for cell in line} <= {"s", "n"}


def test_no_text_of_a_csv_file_is_calculated(
    sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles
) -> None:
    fill(sqlite_store, clock)
    ask = ChartAsk(outcomes_view(clock), ChartForm.CSV, "errors")
    assert csv_rows(of_sqlite.make(SUPPORT, ask))[0]["error"] == "'=cmd|x"


def pdf_text(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def test_a_page_to_print(sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles) -> None:
    fill(sqlite_store, clock)
    content = of_sqlite.make(SUPPORT, ChartAsk(outcomes_view(clock), ChartForm.PDF))
    text = pdf_text(content)
    for key in charts_of(outcomes_view(clock)):
        assert definition(key).title in text
    assert "2026-09-07 18:30 to before 2026-09-14 18:30" in text
    assert "Sandbox: invented data" in text and "hie · treatment" in text
    assert "Sam (support)" in text and "percentile is at most 2 %" in text
    (event,) = events(sqlite_store)
    assert event.details is not None and event.details["format"] == "PDF"
    assert (event.details["chart"], event.details["rows"]) == ("all", 12)


@pytest.mark.parametrize("role", ["support", "product"])
@pytest.mark.parametrize("filled", [False, True])
def test_every_file_of_both_pages(
    sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles, role: str, filled: bool
) -> None:
    if filled:
        fill(sqlite_store, clock)
    who, is_product = (PRODUCT, True) if role == "product" else (SUPPORT, False)
    outcomes = product_view(clock) if is_product else outcomes_view(clock)
    for view in (outcomes, view_of("month", 2, clock(), whole=is_product)):
        for chart in charts_of(view):
            assert of_sqlite.make(who, ChartAsk(view, ChartForm.CSV, chart)).count(b"\n") >= 1
        xlsx = of_sqlite.make(who, ChartAsk(view, ChartForm.XLSX, charts_of(view)[0]))
        pdf = of_sqlite.make(who, ChartAsk(view, ChartForm.PDF))
        assert xlsx.startswith(b"PK") and pdf.startswith(b"%PDF")


def test_product_gets_what_product_sees(store: Store, clock: FakeClock, files: ChartFiles) -> None:
    """20 completed and 11 failed queries of as many people; none before."""
    fill(store, clock)
    view = product_view(clock)
    rows = csv_rows(files.make(PRODUCT, ChartAsk(view, ChartForm.CSV, "headline")))
    assert [(row["outcome"], row["queries"], row["queries_before"]) for row in rows] == [
        ("completed", "20", ""),
        ("failed", "10", ""),
    ]
    text = pdf_text(files.make(PRODUCT, ChartAsk(view, ChartForm.PDF)))
    assert "Groups of at most 5 people are left out" in text
    people = csv_rows(files.make(PRODUCT, ChartAsk(view_of("month", 2, clock(), whole=True),
                                                   ChartForm.CSV, "active_people")))  # fmt: skip
    assert [(row["new"], row["returning"]) for row in people] == [("", ""), ("30", "")]


@pytest.mark.parametrize(
    "part", [Part("f/1", leave_out_external=True), Part("f/1", leave_out_tests=False)]
)
def test_product_gets_no_file_of_another_view(
    sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles, part: Part
) -> None:
    whole = product_view(clock)
    views = (
        outcomes_view(clock),
        OutcomeView(whole.period, whole.bucket, whole.zone, part),
        view_of("week", 4, clock()),
        view_of("week", 4, clock(), part, whole=True),
    )
    for view in views:
        with pytest.raises(InvalidInput):
            of_sqlite.make(PRODUCT, ChartAsk(view, ChartForm.CSV, charts_of(view)[0]))
    assert events(sqlite_store) == []


@pytest.mark.parametrize(
    ("form", "chart"),
    [(ChartForm.CSV, "weather"), (ChartForm.CSV, ""), (ChartForm.CSV, "funnel"),
     (ChartForm.PDF, "status")],
)  # fmt: skip
def test_there_is_no_such_file(
    sqlite_store: Store, clock: FakeClock, of_sqlite: ChartFiles, form: ChartForm, chart: str
) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        of_sqlite.make(SUPPORT, ChartAsk(outcomes_view(clock), form, chart))
    assert events(sqlite_store) == []


def test_a_name_holds_nothing_but_letters_and_figures(clock: FakeClock) -> None:
    part = Part("../../=" + "é🏥" * 99 + "x" * 99)
    name = ChartAsk(outcomes_view(clock, part), ChartForm.PDF).name(clock())
    assert set(name.removesuffix(".pdf")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-TZ")
    assert len(name) < 150
