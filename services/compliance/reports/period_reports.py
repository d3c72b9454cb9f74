"""Period reports, as a PDF to read and as an Excel file to go on with."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from services.clock import Clock
from services.compliance.packets.program import Program
from services.compliance.reports.making import make_report, read_report
from services.compliance.reports.period import Period, checked_period
from services.compliance.reports.report import PeriodReport
from services.compliance.reports.report_pdf import report_pdf
from services.compliance.reports.report_xlsx import report_xlsx
from services.exports.formats import XLSX
from services.exports.pdf.document import MIME
from services.staff.audit import Audit, Stranger
from services.staff.permissions import Actor, Permission
from services.staff.proof.signing import SigningKeys
from services.store import Store

EXPORT = "report.export"


class ReportForm(StrEnum):
    """What is handed out."""

    PDF = "pdf"
    XLSX = "xlsx"

    @property
    def mime(self) -> str:
        """The media type."""
        return MIME if self is ReportForm.PDF else XLSX.mime


_WRITERS: Mapping[ReportForm, Callable[[PeriodReport], bytes]] = {
    ReportForm.PDF: report_pdf,
    ReportForm.XLSX: report_xlsx,
}


class PeriodReports:
    """Makes reports; changes nothing but the access log."""

    def __init__(
        self, store: Store, audit: Audit, keys: SigningKeys, program: Program, clock: Clock
    ) -> None:
        self._store = store
        self._audit = audit
        self._keys = keys
        self._program = program
        self._clock = clock

    def make(self, actor: Actor, since: date, until: date, form: ReportForm) -> bytes:
        """The report of the days (UTC) from `since` to `until`, noted before it is read.

        Raises `NotPermitted`, `SignInEnded`, `InvalidInput` for days that make no period, and
        `LogUnavailable`.
        """
        self._audit.require(actor, Permission.IAS_AUDIT)
        made_by = f"{actor.name} ({actor.role.value})"
        return self._make(actor, made_by, since, until, form, {})

    def make_for_operator(
        self, operator: Stranger, since: date, until: date, form: ReportForm
    ) -> bytes:
        """The same for whoever has the program's settings, noted as made at the command line."""
        way = {"way": "command line"}
        return self._make(operator, operator.name, since, until, form, way)

    def _make(
        self,
        who: Actor | Stranger,
        made_by: str,
        since: date,
        until: date,
        form: ReportForm,
        details: Mapping[str, str],
    ) -> bytes:
        now = self._clock()
        period = checked_period(since, until, now.date())
        self._note(who, period, {**details, "format": form.value})
        with self._store.read() as session:
            facts = read_report(session, self._keys, period)
        return _WRITERS[form](make_report(facts, period, self._program, made_by, now))

    def _note(self, who: Actor | Stranger, period: Period, details: dict[str, Any]) -> None:
        days = {"since": period.since.isoformat(), "until": period.until.isoformat()}
        with self._store.write() as session:
            self._audit.append(session, who, EXPORT, details={**days, **details})


def report_name(since: date, until: date, form: ReportForm) -> str:
    """The name of the file."""
    return f"compliance-report-{since}-{until}.{form.value}"
