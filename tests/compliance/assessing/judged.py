"""What the assessor has written, read back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlmodel import col, select

from services.compliance.assessing.assessor import Assessor
from services.compliance.assessing.judgement import counts_of
from services.store import Store
from services.store.tables import (
    Assessment,
    AssessmentDay,
    Consent,
    Finding,
    LogChange,
    NetworkQuery,
    StartCheck,
)
from tests.identity.stage import Stage
from tests.world import PATIENT

DAY = date(2026, 9, 14)


def work(assessor: Assessor) -> int:
    """Everything that can be judged now."""
    done = 0
    while step := assessor.step():
        done += step
        assert done < 10_000, "it never ends"
    return done


def assessments(store: Store) -> dict[str, Assessment]:
    with store.read() as session:
        return {row.subject: row for row in session.exec(select(Assessment)).all()}


def findings(store: Store, subject: str) -> dict[str, bool]:
    """The rules that found something, and whether it is still true."""
    with store.read() as session:
        rows = session.exec(select(Finding).where(col(Finding.subject) == subject)).all()
        return {row.rule: row.gone_at is None for row in rows}


def counts(store: Store) -> dict[tuple[date, str], int]:
    with store.read() as session:
        rows = session.exec(select(AssessmentDay)).all()
        return {(row.day, row.what): row.number for row in rows if row.number}


def assert_counts_fit(store: Store) -> None:
    """What is counted of the days is what the assessments say."""
    expected: Any = {}
    for row in assessments(store).values():
        for key, number in counts_of(row).items():
            expected[key] = expected.get(key, 0) + number
    assert counts(store) == {key: number for key, number in expected.items() if number}


def change(store: Store, edit: Callable[[Any], None]) -> None:
    with store.write() as session:
        edit(session)


def agree(stage: Stage, query_id: str, **columns: Any) -> None:
    """Give a consent that counts when the query is started."""
    with stage.store.write() as session:
        at = session.get_one(NetworkQuery, query_id).submitted_at - timedelta(minutes=5)
        row = {"id": "c-1", "way": "telephone", "version": "1", "text_hash": "h"} | columns
        session.add(Consent(patient_id=PATIENT, given_at=at, recorded_at=at, **row))


def compared(stage: Stage, query_id: str) -> None:
    def edit(session: Any) -> None:
        check = session.get_one(StartCheck, query_id)
        check.demographics = "same"
        session.add(check)

    change(stage.store, edit)


def all_changes(session: Any) -> Any:
    return session.exec(select(LogChange)).all()
