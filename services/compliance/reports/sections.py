"""The sections about queries: how many, how well proved, what was found. Pure."""

from collections import Counter
from collections.abc import Sequence

from services.compliance.audit_figures import Figures
from services.compliance.evidence.evidence import Severity
from services.compliance.packets.titles import PURPOSE_NAMES, SEVERITY_NAMES, severity_name
from services.compliance.reports.judged import MOST_SERIOUS
from services.compliance.reports.period import Period
from services.compliance.reports.report import Column, Kind, Section, Table
from services.compliance.reports.usage import MOST_STAFF, Usage, month_name
from services.compliance.rules.rule_sets import rule_of
from services.exports.cells import Cell
from services.exports.pdf.charts import Chart
from services.queries.requests import IAS, TREATMENT
from services.store.tables import Assessment

Months = Sequence[tuple[Period, Figures]]

_MONTH = Column("Month", width=0.8)
_ELSEWHERE = "Started elsewhere"


def usage_section(usage: Usage, period: Period) -> Section:
    """How many queries of each purpose were started; IAS and treatment apart."""
    months = [month_name(month) for month in period.months()]
    purposes = _purposes(usage)
    return Section(
        "Usage",
        "Queries by the time of their submission. Individual access (IAS) and treatment are "
        "counted apart.",
        [_usage_chart(usage, months, purpose) for purpose in purposes],
        [
            Table(
                "Queries by month",
                "Usage by month",
                [_MONTH, *(_number(_purpose(purpose)) for purpose in purposes)],
                [[month, *(usage.by_month[month, one] for one in purposes)] for month in months],
            ),
            _outcomes(usage, purposes),
            _starters(usage, purposes),
        ],
    )


def _usage_chart(usage: Usage, months: Sequence[str], purpose: str) -> Chart:
    values = [usage.by_month[month, purpose] for month in months]
    name = _purpose(purpose)
    alt = f"{name} queries by month, {sum(values):,} in all; the numbers are in the table below."
    return Chart(f"{name} queries by month", months, {name: values}, alt)


def _outcomes(usage: Usage, purposes: Sequence[str]) -> Table:
    totals = Counter(dict.fromkeys(purposes, 0))
    for (purpose, _), number in usage.by_status.items():
        totals[purpose] += number
    rows: list[list[Cell]] = [
        [_purpose(purpose), status, number, number / totals[purpose]]
        for (purpose, status), number in sorted(
            usage.by_status.items(), key=lambda item: (purposes.index(item[0][0]), -item[1])
        )
    ]
    columns = [Column("Purpose"), Column("Outcome", width=1.4), _number("Queries")]
    share = Column("Share of the purpose", Kind.SHARE)
    return Table("Queries by outcome", "Usage by outcome", [*columns, share], rows)


def _starters(usage: Usage, purposes: Sequence[str]) -> Table:
    totals: Counter[str] = Counter()
    for (starter, _), number in usage.by_starter.items():
        totals[starter] += number
    shown = [starter for starter, _ in totals.most_common(MOST_STAFF)]
    rows: list[list[Cell]] = [
        [
            usage.names.get(starter, starter) if starter else _ELSEWHERE,
            starter or None,
            *(usage.by_starter[starter, purpose] for purpose in purposes),
        ]
        for starter in shown
    ]
    others = len(totals) - len(shown)
    columns = [Column("Member of the staff", width=1.6), Column("Staff id", width=2.2)]
    return Table(
        "Queries by who started them",
        "Usage by staff",
        [*columns, *(_number(_purpose(purpose)) for purpose in purposes)],
        rows,
        f"{others:,} more, who started fewer, are left out." if others > 0 else "",
    )


def completeness_section(months: Months) -> Section:
    """How much of what evidence asks for the log holds."""
    names = [month_name(month) for month, _ in months]
    shares = [_percent(figures.completeness) for _, figures in months]
    alt = "Completeness of the evidence of IAS queries by month; the numbers are in the table."
    return Section(
        "Completeness of evidence",
        "Of judged IAS queries: links that are present, over the links that apply.",
        [Chart("Completeness by month, per cent", names, {"Completeness": shares}, alt, top=100)],
        [
            Table(
                "Completeness by month",
                "Completeness",
                [
                    _MONTH,
                    _number("Judged queries"),
                    _number("Complete"),
                    _number("Links present"),
                    _number("Links applicable"),
                    Column("Completeness", Kind.SHARE),
                ],
                [
                    [
                        month_name(month),
                        figures.queries,
                        figures.complete,
                        figures.present,
                        figures.applicable,
                        figures.completeness,
                    ]
                    for month, figures in months
                ],
            )
        ],
    )


def findings_section(figures: Figures, months: Months) -> Section:
    """What the rules found, by severity and by rule."""
    severities = list(SEVERITY_NAMES)
    names = [month_name(month) for month, _ in months]
    series = {
        SEVERITY_NAMES[one]: [counts.by_severity.get(one, 0) for _, counts in months]
        for one in severities
    }
    alt = "Queries and looks by their worst finding and month; the numbers are in the table."
    return Section(
        "Findings",
        "Queries and looks that a rule found something about, by the rules in force on their day.",
        [Chart("Queries and looks by their worst finding", names, series, alt, stacked=True)],
        [
            Table(
                "By severity and month",
                "Findings by month",
                [_MONTH, *(_number(SEVERITY_NAMES[one]) for one in severities)],
                [
                    [month_name(month), *(counts.by_severity.get(one, 0) for one in severities)]
                    for month, counts in months
                ],
            ),
            Table(
                "Findings by rule",
                "Findings by rule",
                [
                    Column("Severity", width=0.8),
                    Column("Rule", width=2.2),
                    Column("Code", width=1.8),
                    _number("Findings"),
                    Column("Source of the rule", width=2.6),
                ],
                _by_rule(figures),
                empty="No rule found anything.",
            ),
        ],
    )


def _by_rule(figures: Figures) -> list[list[Cell]]:
    rows: list[tuple[int, list[Cell]]] = []
    for code, number in figures.by_rule.items():
        rule = rule_of(code)
        severity = rule.severity if rule else None
        title, source = (rule.title, rule.source) if rule else (code, "")
        name = SEVERITY_NAMES[severity] if severity else "unknown"
        rows.append((-(severity or 0), [name, title, code, number, source]))
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


def annex(serious: Sequence[Assessment], figures: Figures) -> Section:
    """The newest serious findings, one line each."""
    number = figures.by_severity.get(Severity.SERIOUS, 0)
    left_out = max(0, number - len(serious))
    rows: list[list[Cell]] = [
        [
            row.at,
            row.subject,
            _purpose(row.purpose) if row.purpose else "Look",
            ", ".join(_title(code) for code in row.findings),
            row.actor or _ELSEWHERE,
        ]
        for row in serious
    ]
    return Section(
        "Annex: serious findings",
        f"At most {MOST_SERIOUS}, the newest first.",
        tables=[
            Table(
                "Queries and looks with a serious finding",
                "Serious findings",
                [
                    Column("When", Kind.TIME, 1.1),
                    Column("Query or event", width=1.6),
                    Column("Purpose", width=0.8),
                    Column("Findings, the worst first", width=2.4),
                    Column("Who", width=1.1),
                ],
                rows,
                f"{left_out:,} older ones are left out." if left_out else "",
                "There is none.",
            )
        ],
    )


def _title(code: str) -> str:
    rule = rule_of(code)
    return f"{rule.title} ({severity_name(rule.severity)})" if rule else code


def _purposes(usage: Usage) -> list[str]:
    """IAS and treatment always, then others by name."""
    found = sorted({purpose for _, purpose in usage.by_month} - {IAS, TREATMENT})
    return [IAS, TREATMENT, *found]


def _purpose(purpose: str) -> str:
    return PURPOSE_NAMES.get(purpose, purpose)


def _number(name: str) -> Column:
    return Column(name, Kind.NUMBER)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
