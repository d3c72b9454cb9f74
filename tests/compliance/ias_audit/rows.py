"""Rows as the assessor writes them, for tests of who reads them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from services.store import Store
from services.store.tables import Assessment, AssessmentDay, Finding, ReviewItem
from tests.clock import FakeClock
from tests.world import PATIENT

NOW = FakeClock().now
SAM = "test#Sam Support"


def judge(
    store: Store,
    subject: str,
    findings: Sequence[tuple[str, int]] = (),
    at: datetime = NOW,
    **changes: Any,
) -> None:
    """Write down what rules found about a subject: each a rule and its severity."""
    values: dict[str, Any] = {
        "kind": "query", "purpose": "ias", "patient_id": PATIENT, "actor_id": SAM,
        "actor": "Sam Support", "rules_version": "1", "present": 10, "applicable": 10,
        "severity": max((severity for _, severity in findings), default=0),
        "missing": [], "findings": [rule for rule, _ in findings], "assessed_at": NOW,
    }  # fmt: skip
    with store.write() as session:
        session.add(Assessment(subject=subject, at=at, **values | changes))
        for rule, severity in findings:
            session.add(
                Finding(
                    id=f"{subject} {rule}"[-36:],
                    subject=subject,
                    rule=rule,
                    rules_version="1",
                    severity=severity,
                    at=at,
                    found_at=NOW,
                )
            )


def count(store: Store, day: date, **numbers: int) -> None:
    """Write down what was counted on a day; `severity_3` stands for `severity 3`."""
    with store.write() as session:
        for what, number in numbers.items():
            name = what.replace("_", " ", 1) if what.startswith(("severity", "rule")) else what
            session.add(AssessmentDay(day=day, what=name, number=number))


def open_review(store: Store, subject: str, days_ago: int, closed: bool = False) -> None:
    """Have a subject wait for a reviewer since so many days, or have it closed."""
    opened_at = NOW - timedelta(days=days_ago)
    with store.write() as session:
        session.add(
            ReviewItem(
                id=f"review {subject}",
                subject=subject,
                kind="query",
                patient_id=PATIENT,
                at=opened_at,
                findings=[],
                opened_at=opened_at,
                status="closed" if closed else "open",
                closed_at=NOW if closed else None,
            )
        )
