"""Judged queries and looks as a list: one row each, which opens the evidence."""

from collections.abc import Sequence

from pages._ui.frame.go import page_address
from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.compliance.links import short_name
from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.compliance.states import severity_words
from pages._ui.words.names import purpose_name
from services.compliance.rows import Assessment

_MOST_TITLES = 2

COLUMNS = (
    Column("What", help="A query by its purpose of use, or a look at somebody’s records."),
    Column("Worst", Kind.STATE),
    Column("When", Kind.MOMENT),
    Column("Findings"),
    Column("Links", help="Present links of those that apply; the missing ones on hover."),
    Column("Patient", Kind.ID),
    Column("Who", help="Who started the query, or looked."),
    Column("Id", Kind.ID, hidden=True),
    Column("Rules", hidden=True, help="The version of the rules it was judged by."),
)


def evidence_address(subject: str) -> str:
    """The address of the evidence of a query, or of a look as `event ` and its number."""
    return page_address("evidence.py", {"query": subject})


def findings_table(rows: Sequence[Assessment], *, empty: str) -> None:
    """Draw the list; a click on a row opens its evidence."""
    show_list(
        COLUMNS,
        [finding_row(row) for row in rows],
        key="findings",
        caption="Queries and looks, worst first",
        empty=empty,
    )


def finding_row(row: Assessment) -> Row:
    """The row of one judged query or look."""
    return Row(
        row.subject,
        [
            kind_name(row),
            severity_words(row.severity),
            row.at,
            _findings(row),
            _links(row),
            row.patient_id,
            row.actor or "Elsewhere",
            row.subject,
            row.rules_version,
        ],
        address=evidence_address(row.subject),
    )


def kind_name(row: Assessment) -> str:
    """What was judged: a query by its purpose, or a look."""
    return purpose_name(row.purpose) if row.kind == "query" else "Look"


def _findings(row: Assessment) -> Hover | None:
    titles = [rule_title(code) for code in row.findings]
    if not titles:
        return None
    more = f" +{len(titles) - _MOST_TITLES}" if len(titles) > _MOST_TITLES else ""
    return Hover("; ".join(titles[:_MOST_TITLES]) + more, "; ".join(titles))


def _links(row: Assessment) -> Hover | None:
    if not row.applicable:
        return None
    lacking = ", ".join(map(short_name, row.missing))
    whole = f"Missing: {lacking}" if lacking else "Every link that applies is there."
    # The spaces do not break: the column is narrow.
    return Hover(f"{row.present}\u00a0of\u00a0{row.applicable}", whole)
