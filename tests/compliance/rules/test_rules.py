"""Facts → findings: every rule about queries, and both sides of every limit."""

from collections.abc import Callable

import pytest

from services.compliance.rules.rule_sets import RULE_SETS
from services.compliance.rules.starter import NOT_JUDGED
from tests.compliance.chain_rows import PERSON, SAM
from tests.compliance.chains import Chain, Edit, ias
from tests.compliance.edits import setting, without
from tests.compliance.rules import table_of_access, table_of_acts

Make = Callable[[], Chain]
TABLE = table_of_access.TABLE + table_of_acts.TABLE


@pytest.mark.parametrize(
    ("code", "make", "edit", "text"),
    TABLE,
    ids=[f"{number}-{row[0]}" for number, row in enumerate(TABLE)],
)
def test_facts_and_findings(code: str, make: Make, edit: Edit, text: str | None) -> None:
    chain = make()
    edit(chain)
    found = chain.found().get(code)
    assert (found is None) == (text is None), found
    assert (text or "") in (found or "")


def test_every_rule_about_queries_stands_in_the_table_on_both_sides() -> None:
    codes = {rule.code for rules in RULE_SETS for rule in rules.query_rules} - {NOT_JUDGED}
    assert {code for code, _, _, text in TABLE if text} == codes
    assert {code for code, _, _, text in TABLE if text is None} == codes


def test_a_find_names_its_rule_severity_and_source() -> None:
    chain = ias()
    chain.pool.consents.clear()
    [found] = chain.evidence().findings
    rule = next(rule for rule in RULE_SETS[-1].rules if rule.code == "consent_missing")
    assert (found.severity, found.source) == (rule.severity, rule.source)


def test_the_worst_find_is_the_first() -> None:
    chain = ias()
    setting("challenges", method="totp")(chain)
    setting("checks", missing=["zip"])(chain)
    without("starts")(chain)
    severities = [found.severity for found in chain.evidence().findings]
    assert severities == sorted(severities, reverse=True) and len(set(severities)) == 3


def test_nobody_is_named_by_a_find() -> None:
    for _, make, edit, text in TABLE:
        chain = make()
        edit(chain)
        said = " ".join(chain.found().values())
        assert SAM not in said and PERSON not in said.split(), text
