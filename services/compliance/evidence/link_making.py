"""How the functions of the links say present, missing, and not applicable."""

from collections.abc import Iterable

from services.compliance.evidence.evidence import Link, LinkCode, LinkState, RowRef, Value

Facts = Iterable[tuple[str, Value]]

ONLY_IAS = (
    "Only individual access needs it: a treatment query rests on a treating facility and a reason."
)
NOT_STARTED_HERE = "It was not started here, so this log cannot hold it."


def present(code: LinkCode, facts: Facts, *rows: RowRef | None) -> Link:
    """A link that the log holds."""
    return Link(code, LinkState.PRESENT, tuple(facts), rows=_known(rows))


def missing(code: LinkCode, why: str, facts: Facts = (), *rows: RowRef | None) -> Link:
    """A link that is not there, or that contradicts what it should show."""
    return Link(code, LinkState.MISSING, tuple(facts), why, _known(rows))


def not_applicable(code: LinkCode, why: str, facts: Facts = (), *rows: RowRef | None) -> Link:
    """A link that this query does not need; `why` is the rule that says so."""
    return Link(code, LinkState.NOT_APPLICABLE, tuple(facts), why, _known(rows))


def decide(code: LinkCode, complaints: Iterable[str], facts: Facts, *rows: RowRef | None) -> Link:
    """Present, or missing with every complaint that is not empty."""
    wrong = " ".join(complaint for complaint in complaints if complaint)
    return missing(code, wrong, facts, *rows) if wrong else present(code, facts, *rows)


def known(*facts: tuple[str, Value]) -> list[tuple[str, Value]]:
    """The facts without those that are empty."""
    return [(name, value) for name, value in facts if value not in (None, "")]


def _known(rows: Iterable[RowRef | None]) -> tuple[RowRef, ...]:
    return tuple(row for row in rows if row is not None)
