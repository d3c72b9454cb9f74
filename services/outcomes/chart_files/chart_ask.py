"""Which file of a page of charts is asked for, and how it tells of itself."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from services.exports.formats import CSV, XLSX
from services.exports.pdf.document import MIME
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.chart_files.adoption_tables import ADOPTION_CHARTS
from services.outcomes.chart_files.outcome_tables import OUTCOME_CHARTS
from services.outcomes.outcomes import OutcomeView

_LONGEST_NAME = 40


class ChartForm(StrEnum):
    """What is handed out: the rows of a chart, or the page to print."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"

    @property
    def mime(self) -> str:
        """The media type."""
        return {self.CSV: CSV.mime, self.XLSX: XLSX.mime, self.PDF: MIME}[self]


@dataclass(frozen=True)
class ChartAsk:
    """Which file is asked for: of a view of Outcomes or Adoption, a chart or the whole page.

    `chart` is a key of `OUTCOME_CHARTS` or `ADOPTION_CHARTS`; empty for the page as a PDF.
    """

    view: OutcomeView | AdoptionView
    form: ChartForm
    chart: str = ""

    @property
    def page(self) -> str:
        """The page, as the access log and the file's name have it."""
        return "outcomes" if isinstance(self.view, OutcomeView) else "adoption"

    @property
    def filters(self) -> dict[str, str]:
        """The period and what the view leaves out, as words; noted, and in every file."""
        view, part = self.view, self.view.part
        since, until = self.bounds
        chosen = {
            "chart": self.chart or "all",
            "since": since.astimezone(UTC).isoformat(),
            "until": until.astimezone(UTC).isoformat(),
            "bars": view.bucket if isinstance(view, OutcomeView) else view.width,
            "zone": view.zone.key if isinstance(view, OutcomeView) else "UTC",
        }
        if part.facility_id is not None:
            chosen["facility_id"] = part.facility_id
        left_out = {"external": part.leave_out_external, "tests": part.leave_out_tests}
        chosen["left_out"] = ", ".join(name for name, is_out in left_out.items() if is_out) or "–"
        if isinstance(view, AdoptionView) and not view.consent:
            chosen["consent"] = "no step"
        return chosen

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """When the period begins, and when it is over."""
        if isinstance(self.view, OutcomeView):
            return self.view.period.since, self.view.period.until
        return self.view.now.since, self.view.now.end

    def name(self, made_at: datetime) -> str:
        """The file's name: the page, the chart, the days of the period and the filters."""
        since, until = self.bounds
        zone = self.view.zone if isinstance(self.view, OutcomeView) else UTC
        first = since.astimezone(zone).date()
        last = (until - timedelta(microseconds=1)).astimezone(zone).date()
        part = self.view.part
        words = [
            "access-desk",
            self.page,
            self.chart or "page",
            f"{first}-to-{last}",
            f"facility-{part.facility_id}" if part.facility_id is not None else "",
            "without-external" if part.leave_out_external else "",
            "" if part.leave_out_tests else "with-tests",
            f"{made_at.astimezone(UTC):%Y-%m-%dT%H%MZ}",
        ]
        return f"{'-'.join(_plain_name(word) for word in words if word)}.{self.form.value}"


def charts_of(view: OutcomeView | AdoptionView) -> list[str]:
    """The keys of the charts of the view's page, in its order."""
    return list(OUTCOME_CHARTS if isinstance(view, OutcomeView) else ADOPTION_CHARTS)


def _plain_name(word: str) -> str:
    """A part of a file's name: letters, figures and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-")[:_LONGEST_NAME]
