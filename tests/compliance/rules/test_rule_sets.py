"""The sets of rules: which is in force when, and which sets are refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.compliance.evidence.evidence import Severity
from services.compliance.rules.rule_sets import (
    RULE_SETS,
    RuleSet,
    check_rule_sets,
    rule_of,
    rules_of,
    rules_on,
)
from services.errors import BadSettings
from tests.compliance.chains import ias

FIRST, SECOND, LAST = RULE_SETS


def test_exactly_one_set_is_in_force_on_every_day() -> None:
    check_rule_sets()
    day = date(2024, 1, 1)
    while day < date(2027, 1, 1):
        assert [rules.version for rules in RULE_SETS if rules.holds_on(day)] == [
            rules_on(day).version
        ]
        day += timedelta(days=1)
    assert rules_on(date.min) is FIRST and rules_on(date.max) is LAST


def test_a_query_is_judged_by_the_rules_of_its_day_and_says_so() -> None:
    chain = ias()
    chain.pool.challenges[0].method = "totp"
    assert chain.evidence().rules_version == "3"
    assert "method_not_phishing_resistant" in chain.found()
    chain = ias()
    chain.pool.challenges[0].method = "totp"
    for name in vars(chain.pool):
        for row in getattr(chain.pool, name):
            for column in type(row).model_fields:
                value = getattr(row, column)
                if hasattr(value, "tzinfo"):
                    setattr(row, column, value - timedelta(days=409))
    # The last hours of July 31, 2025 in UTC.
    assert chain.query.submitted_at.date() == date(2025, 8, 1)
    assert chain.evidence().rules_version == "3"
    chain.query.submitted_at -= timedelta(hours=15, minutes=31)
    assert chain.evidence().rules_version == "2"
    assert "method_not_phishing_resistant" not in chain.found()


@pytest.mark.parametrize(
    ("sets", "complaint"),
    [
        ([], "there is none"),
        ([LAST], "3 must be in force since ever"),
        ([FIRST, SECOND], "2 must be in force until further notice"),
        ([FIRST, LAST], "no set is in force between 1 and 3, from 2024-08-06"),
        (
            [replace(FIRST, until=date(2024, 8, 6)), SECOND, LAST],
            "1 and 2 overlap on 2024-08-06",
        ),
        (
            [replace(FIRST, until=date(2024, 8, 4)), SECOND, LAST],
            "no set is in force between 1 and 2, from 2024-08-05",
        ),
        ([replace(FIRST, until=None), SECOND, LAST], "1 and 2 overlap"),
        ([FIRST, replace(SECOND, since=None), LAST], "1 and 2 overlap"),
        (
            [FIRST, replace(SECOND, until=date(2024, 8, 5)), LAST],
            "2 ends before it begins",
        ),
        ([FIRST, SECOND, replace(LAST, version="1")], "the version 1 stands there twice"),
        (
            [FIRST, SECOND, replace(LAST, rules=(*LAST.rules, LAST.rules[0]))],
            f"3 has the rule {LAST.rules[0].code} twice",
        ),
    ],
)
def test_sets_that_overlap_or_leave_a_gap_are_refused(sets: list[RuleSet], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        check_rule_sets(sets)


def test_a_rule_says_what_it_is() -> None:
    for rules in RULE_SETS:
        for rule in rules.rules:
            assert rule.title and rule.text.endswith(".") and rule.source
            assert len(f"rule {rule.code}") <= 60 and rule.code.isidentifier()
            assert isinstance(rule.severity, Severity)
    assert all(rules.why for rules in RULE_SETS)


def test_rules_are_found_by_their_code_and_sets_by_their_version() -> None:
    found = rule_of("consent_missing")
    assert found is not None and found.title == "Consent missing"
    assert rule_of("no such rule") is None
    assert rules_of("2") is SECOND and rules_of("9") is None


def test_what_upstream_md_does_not_confirm_is_not_claimed() -> None:
    sources = " ".join(rule.source for rules in RULE_SETS for rule in rules.rules)
    assert "3.0" not in sources and "version 2.0" in sources
    assert not any("SOP" in rule.source for rule in FIRST.rules)
