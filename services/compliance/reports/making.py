"""Reads the log for a period and makes the report of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services.compliance.audit_figures import Figures, read_figures
from services.compliance.packets.program import Program
from services.compliance.packets.titles import SEVERITY_NAMES
from services.compliance.reports.access import (
    Access,
    ChainState,
    Looks,
    read_access,
    read_chain,
    read_looks,
)
from services.compliance.reports.definitions import DEFINITIONS
from services.compliance.reports.judged import Reviewing, read_months, read_reviewing, read_serious
from services.compliance.reports.oversight import (
    access_section,
    chain_section,
    looks_section,
    reviews_section,
)
from services.compliance.reports.period import Period
from services.compliance.reports.report import Column, PeriodReport, Section, Table
from services.compliance.reports.sections import (
    Months,
    annex,
    completeness_section,
    findings_section,
    usage_section,
)
from services.compliance.reports.usage import Usage, read_usage
from services.exports.cells import Cell
from services.queries.requests import IAS, TREATMENT
from services.staff.proof.signing import SigningKeys
from services.store.tables import Assessment


@dataclass(frozen=True)
class ReportFacts:
    """What the log says of a period, read in one snapshot."""

    usage: Usage
    figures: Figures
    months: Months
    reviewing: Reviewing
    access: Access
    looks: Looks
    chain: ChainState
    serious: list[Assessment]


def read_report(session: Session, keys: SigningKeys, period: Period) -> ReportFacts:
    """Everything that a report says. Memory grows with the months and the staff, not the log."""
    return ReportFacts(
        usage=read_usage(session, period),
        figures=read_figures(session, period.since, period.until),
        months=read_months(session, period),
        reviewing=read_reviewing(session, period),
        access=read_access(session, period),
        looks=read_looks(session, period),
        chain=read_chain(session, keys),
        serious=list(read_serious(session, period)),
    )


def make_report(
    facts: ReportFacts, period: Period, program: Program, made_by: str, now: datetime
) -> PeriodReport:
    """The report of the facts. Pure."""
    return PeriodReport(
        period=period.name,
        made_at=now,
        made_by=made_by,
        version=program.version,
        is_sandbox=program.is_sandbox,
        settings=program.settings,
        sections=[
            _in_short(facts),
            usage_section(facts.usage, period),
            completeness_section(facts.months),
            findings_section(facts.figures, facts.months),
            reviews_section(facts.reviewing, now),
            access_section(facts.access),
            looks_section(facts.looks),
            chain_section(facts.chain),
            _settings(program),
            annex(facts.serious, facts.figures),
            _definitions(),
        ],
    )


def _in_short(facts: ReportFacts) -> Section:
    figures, now = facts.figures, facts.reviewing.now
    by_severity = [
        f"{figures.by_severity.get(one, 0):,} {name.lower()}"
        for one, name in SEVERITY_NAMES.items()
    ]
    rows: list[list[Cell]] = [
        ["IAS queries", f"{_of_purpose(facts.usage, IAS):,}"],
        ["Treatment queries", f"{_of_purpose(facts.usage, TREATMENT):,}"],
        ["IAS queries that were judged", f"{figures.queries:,}"],
        ["Of these complete", f"{figures.complete:,}"],
        ["Completeness of evidence", _share(figures.completeness)],
        ["Queries and looks with findings", ", ".join(by_severity)],
        ["Open reviews", f"{now.open:,}"],
        ["Oldest open review", f"{now.oldest_at:%Y-%m-%d}" if now.oldest_at else "–"],
        ["Break-glass looks", f"{facts.looks.number:,}, {facts.looks.unseen:,} not seen yet"],
    ]
    columns = [Column("Figure", width=2), Column("Value", width=2.4)]
    return Section("In short", tables=[Table("The period in short", "Summary", columns, rows)])


def _settings(program: Program) -> Section:
    rows: list[list[Cell]] = [
        ["Version of Access Desk", program.version],
    ]
    rows += [[name, value] for name, value in program.settings.items()]
    columns = [Column("Setting", width=2), Column("Value", width=2.4)]
    table = Table("The program and its settings", "Settings", columns, rows)
    return Section("The program and its settings", tables=[table])


def _definitions() -> Section:
    rows: list[list[Cell]] = [list(pair) for pair in DEFINITIONS]
    columns = [Column("Term"), Column("Meaning", width=4)]
    return Section("Definitions", tables=[Table("Definitions", "Definitions", columns, rows)])


def _of_purpose(usage: Usage, purpose: str) -> int:
    return sum(number for (_, one), number in usage.by_month.items() if one == purpose)


def _share(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
