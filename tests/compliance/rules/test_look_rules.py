"""Facts → findings: the rules about looks, and both sides of every limit."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.compliance.rules.looks import MANY_PEOPLE, WITHOUT_CAUSE
from services.compliance.rules.rule import LookCase
from services.compliance.rules.rule_sets import RULE_SETS
from services.compliance.rules.windows import Windows
from services.store.tables import AuditEvent
from tests.compliance.chain_rows import AT, event, other

HOUR = timedelta(hours=1)


def found(case: LookCase) -> set[str]:
    rules = RULE_SETS[-1].look_rules
    return {rule.code for rule in rules if rule.judge(case) is not None}


def look(action: str = "records.download", **case: Any) -> LookCase:
    return LookCase(event(1, action, None), Windows(), **case)


@pytest.mark.parametrize(
    ("case", "is_found"),
    [
        (look(), True),
        (look("records.view"), True),
        (look("records.count"), False),
        (look("patient.view"), False),
        (look(ticket="SUP-1"), False),
        (look(near=(other("q", 24 * 60),)), True),
        (look(near=(other("q", 24 * 60 - 0.01),)), False),
        (look(near=(other("q", 9999, finished_at=AT - timedelta(hours=23.9)),)), False),
        (look(near=(other("q", 9999, finished_at=AT - timedelta(hours=24)),)), True),
        (look(near=(other("q", 9999, status="processing"),)), False),
        (look(near=(other("q", 5, purpose="treatment"),)), False),
        # A query that came only after the look is no cause of it.
        (look(near=(other("q", -5),)), True),
    ],
)
def test_a_look_at_records_has_a_cause(case: LookCase, is_found: bool) -> None:
    assert (WITHOUT_CAUSE in found(case)) is is_found


def people(number: int) -> frozenset[str]:
    return frozenset(f"p-{one}" for one in range(number))


@pytest.mark.parametrize(
    ("action", "number", "last", "is_found"),
    [
        ("patient.view", 31, None, True),
        ("patient.view", 30, None, False),
        ("patient.search", 31, None, False),
        ("patient.view", 31, AT - HOUR, True),
        ("patient.view", 31, AT - HOUR + timedelta(seconds=1), False),
    ],
)
def test_many_people_are_found_once_an_hour(
    action: str, number: int, last: datetime | None, is_found: bool
) -> None:
    case = look(action, people=people(number), last_found_at=last)
    assert (MANY_PEOPLE in found(case)) is is_found


def test_every_rule_about_looks_is_tried() -> None:
    assert {rule.code for rule in RULE_SETS[-1].look_rules} == {WITHOUT_CAUSE, MANY_PEOPLE}
    assert isinstance(look().event, AuditEvent)
