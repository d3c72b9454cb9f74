"""What docs/compliance.md says of links and rules is what the program does."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from services.compliance.evidence.evidence import LinkCode
from services.compliance.rules.rule import Rule
from services.compliance.rules.rule_sets import RULE_SETS, RuleSet

TEXT = (Path(__file__).parents[3] / "docs" / "compliance.md").read_text()


def row(rule: Rule) -> str:
    cells = (f"`{rule.code}`", rule.severity.name.lower(), rule.text, rule.limits, rule.source)
    return f"| {' | '.join(cells)} |"


def test_every_rule_stands_in_the_document_as_in_the_code() -> None:
    rows = [row(rule) for rule in RULE_SETS[-1].rules]
    missing = [line for line in rows if line not in TEXT.splitlines()]
    assert not missing, "docs/compliance.md lacks:\n" + "\n".join(missing)
    written = re.findall(r"^\| `(\w+)` \| (?:notice|warning|serious) \|", TEXT, re.MULTILINE)
    assert written == [rule.code for rule in RULE_SETS[-1].rules]


def test_every_link_stands_in_the_document() -> None:
    written = re.findall(r"^\| ([\w]+) \| .* \| .* \|$", TEXT.split("### Links")[1], re.MULTILINE)
    assert written[1 : len(LinkCode) + 1] == [code.value for code in LinkCode]


def test_every_version_stands_in_the_document() -> None:
    for rules in RULE_SETS:
        since = str(rules.since) if rules.since else "the beginning"
        until = str(rules.until) if rules.until else "further notice"
        assert f"| {rules.version} | {since} | {until} | {rules.why} |" in TEXT


@pytest.mark.parametrize("rules", RULE_SETS, ids=[rules.version for rules in RULE_SETS])
def test_limits_in_words_are_the_limits_that_count(rules: RuleSet) -> None:
    windows = rules.windows
    numbers = {
        "aal2_too_old": f"{_hours(windows.aal2_max_age)} hours",
        "aal2_idle": f"{windows.aal2_max_idle // timedelta(minutes=1)} minutes",
        "unconfirmed": f"{_hours(windows.answered_within)} hours",
        "still_running": f"{_hours(windows.ended_within)} hours",
        "look_without_cause": f"{_hours(windows.near_look)} hours",
        "many_people": f"{windows.many_people} different people",
    }
    known = {rule.code: rule.limits for rule in rules.rules}
    for code, words in numbers.items():
        assert code not in known or words in known[code], code
    # These say it in words.
    assert windows.many_within == windows.helped_within == timedelta(hours=1)
    assert windows.shortly_after == timedelta(hours=1)
    assert windows.same_moment == timedelta(minutes=1)


def _hours(time: timedelta) -> int:
    return time // timedelta(hours=1)
