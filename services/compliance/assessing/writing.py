"""Writes judgements: the assessment, its findings, and the counts of its day, all or nothing."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from services.compliance.assessing.judgement import Judgement, counts_of
from services.ids import new_id
from services.store.tables import Assessment, AssessmentDay, Finding

_DAYS = AssessmentDay.__table__  # type: ignore[attr-defined]
_EMPTY_FOR = timedelta(days=1)
_SAME = (
    "kind",
    "purpose",
    "patient_id",
    "actor_id",
    "actor",
    "at",
    "rules_version",
    "present",
    "applicable",
    "severity",
    "findings",
    "due_at",
)


def write_judgements(
    session: Session, judgements: Sequence[Judgement], gone: Collection[str], now: datetime
) -> int:
    """Keep judgements, and forget the subjects that are gone; answers how many rows changed.

    A subject that is gone is emptied first, and forgotten a day later.

    What says nothing new changes nothing, so doing it twice counts nothing twice. The caller holds
    the turn (`marks.py`).
    """
    subjects = [*(judgement.subject for judgement in judgements), *gone]
    known = _known(session, subjects)
    changed = [one for one in judgements if not _is_same(known.get(one.subject), one)]
    left = [known[subject] for subject in gone if subject in known]
    emptied = [row for row in left if not _is_empty(row)]
    counts: Counter[tuple[date, str]] = Counter()
    for judgement in changed:
        before = known.get(judgement.subject)
        counts.update(counts_of(judgement))
        counts.subtract(counts_of(before))
        session.add(_filled(before, judgement, now))
    for row in left:
        counts.subtract(counts_of(row))
        if row in emptied:
            session.add(_empty(row, now))
        else:
            session.delete(row)
    _write_findings(session, changed, [row.subject for row in left], now)
    _add_counts(session, counts)
    return len(changed) + len(left)


def is_known_as(session: Session, judgements: Sequence[Judgement], gone: Collection[str]) -> bool:
    """Whether the log says all of this already."""
    known = _known(session, [*(judgement.subject for judgement in judgements), *gone])
    all_same = all(_is_same(known.get(one.subject), one) for one in judgements)
    return all_same and not any(subject in known for subject in gone)


def _known(session: Session, subjects: Collection[str]) -> dict[str, Assessment]:
    if not subjects:
        return {}
    wanted = select(Assessment).where(col(Assessment.subject).in_(sorted(set(subjects))))
    return {row.subject: row for row in session.exec(wanted).all()}


def _is_same(row: Assessment | None, judgement: Judgement) -> bool:
    if row is None:
        # A look that no rule says anything of leaves no row.
        return judgement.kind != "query" and not judgement.found
    same = all(getattr(row, name) == getattr(judgement, name) for name in _SAME)
    return same and list(row.missing) == list(judgement.missing)


def _filled(row: Assessment | None, judgement: Judgement, now: datetime) -> Assessment:
    values: dict[str, Any] = {name: getattr(judgement, name) for name in _SAME}
    values |= {"missing": list(judgement.missing), "assessed_at": now}
    if row is None:
        return Assessment(subject=judgement.subject, **values)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _is_empty(row: Assessment) -> bool:
    return not (row.findings or row.applicable or row.purpose)


def _empty(row: Assessment, now: datetime) -> Assessment:
    """What stays for a day of a subject that is gone, so that the review queue closes its item."""
    row.findings, row.missing, row.purpose = [], [], ""
    row.present = row.applicable = row.severity = 0
    row.assessed_at, row.due_at = now, now + _EMPTY_FOR
    return row


def _write_findings(
    session: Session, judgements: Sequence[Judgement], gone: Sequence[str], now: datetime
) -> None:
    """Add what was found, mark what is true no more, and clear the mark of what is back."""
    subjects = [*(judgement.subject for judgement in judgements), *gone]
    if not subjects:
        return
    wanted = select(Finding).where(col(Finding.subject).in_(subjects))
    known = {(row.subject, row.rule): row for row in session.exec(wanted).all()}
    true_now = {(one.subject, found.rule) for one in judgements for found in one.found}
    for key, row in known.items():
        if (key in true_now) == (row.gone_at is not None):
            row.gone_at = None if key in true_now else now
            session.add(row)
    for judgement in judgements:
        for found in judgement.found:
            if (judgement.subject, found.rule) not in known:
                session.add(
                    Finding(
                        id=new_id(now),
                        subject=judgement.subject,
                        rule=found.rule,
                        rules_version=judgement.rules_version,
                        severity=found.severity.value,
                        at=judgement.at,
                        found_at=now,
                    )
                )


def _add_counts(session: Session, counts: Counter[tuple[date, str]]) -> None:
    rows = [
        {"day": day, "what": what, "number": number}
        for (day, what), number in sorted(counts.items())
        if number
    ]
    if not rows:
        return
    session.flush()
    connection = session.connection()
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = insert(_DAYS)
    number = _DAYS.c.number + added.excluded.number
    key = [_DAYS.c.day, _DAYS.c.what]
    connection.execute(
        added.on_conflict_do_update(index_elements=key, set_={"number": number}), rows
    )
