"""Which rules are in force on which day. A query is judged by the rules of its own day (UTC).

A set is never changed once it has judged something: what changes is a new set from a new day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from services.compliance.rules.aal2 import AAL2_RULES, METHOD_RULES
from services.compliance.rules.consent import CONSENT_RULES
from services.compliance.rules.identity import IDENTITY_RULES
from services.compliance.rules.looks import LOOK_RULES
from services.compliance.rules.rule import SOP, LookRule, QueryRule, Rule
from services.compliance.rules.starter import STARTER_RULES
from services.compliance.rules.treatment import TREATMENT_RULES
from services.compliance.rules.windows import Windows
from services.errors import BadSettings


@dataclass(frozen=True)
class RuleSet:
    """The rules that are in force from `since` to `until`, both days included.

    Without `since` they are in force since ever, without `until` until further notice.
    """

    version: str
    since: date | None
    until: date | None
    rules: tuple[Rule, ...]
    why: str = ""
    windows: Windows = field(default_factory=Windows)

    @property
    def query_rules(self) -> list[QueryRule]:
        """The rules about queries."""
        return [rule for rule in self.rules if isinstance(rule, QueryRule)]

    @property
    def look_rules(self) -> list[LookRule]:
        """The rules about looks."""
        return [rule for rule in self.rules if isinstance(rule, LookRule)]

    def holds_on(self, day: date) -> bool:
        """Whether the set is in force on `day`."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


_RULES = (
    *IDENTITY_RULES,
    *CONSENT_RULES,
    *AAL2_RULES,
    *STARTER_RULES,
    *TREATMENT_RULES,
    *LOOK_RULES,
)

RULE_SETS = (
    RuleSet(
        "1",
        None,
        date(2024, 8, 5),
        tuple(rule for rule in _RULES if rule.source != SOP),
        "What holds without TEFCA’s SOP for individual access, of which version 2.0 came later.",
    ),
    RuleSet(
        "2",
        date(2024, 8, 6),
        date(2025, 7, 31),
        _RULES,
        "TEFCA’s SOP for individual access, version 2.0, is of 2024-08-06.",
    ),
    RuleSet(
        "3",
        date(2025, 8, 1),
        None,
        (*_RULES, *METHOD_RULES),
        "Revision 4 of NIST SP 800-63B is final since July 2025: the method of the challenge "
        "counts.",
    ),
)
"""Every set, the oldest first."""


def rules_on(day: date, sets: Sequence[RuleSet] = RULE_SETS) -> RuleSet:
    """The set in force on a day (UTC)."""
    return next(rule_set for rule_set in sets if rule_set.holds_on(day))


def rules_of(version: str, sets: Sequence[RuleSet] = RULE_SETS) -> RuleSet | None:
    """The set of that version; None where this program does not know it."""
    return next((rule_set for rule_set in sets if rule_set.version == version), None)


def rule_of(code: str, sets: Sequence[RuleSet] = RULE_SETS) -> Rule | None:
    """The newest rule of that code; None where this program does not know it."""
    rules = (rule for rule_set in reversed(sets) for rule in rule_set.rules)
    return next((rule for rule in rules if rule.code == code), None)


def check_rule_sets(sets: Sequence[RuleSet] = RULE_SETS) -> None:
    """Raise `BadSettings` unless exactly one set is in force on every day."""
    wrong = [*_gaps(sets), *_repeated(sets)]
    if wrong:
        raise BadSettings("; ".join(f"Rule sets: {complaint}" for complaint in wrong))


def _gaps(sets: Sequence[RuleSet]) -> list[str]:
    if not sets:
        return ["there is none"]
    first, last = sets[0], sets[-1]
    wrong = [f"{first.version} must be in force since ever"] if first.since else []
    wrong += [f"{last.version} must be in force until further notice"] if last.until else []
    for before, after in pairwise(sets):
        wrong += _between(before, after)
    return wrong


def _between(before: RuleSet, after: RuleSet) -> list[str]:
    names = f"{before.version} and {after.version}"
    if before.until is None or after.since is None:
        return [f"{names} overlap: one of them has no day where the other begins"]
    if before.since is not None and before.since > before.until:
        return [f"{before.version} ends before it begins"]
    next_day = before.until + timedelta(days=1)
    if after.since < next_day:
        return [f"{names} overlap on {after.since}"]
    return (
        [f"no set is in force between {names}, from {next_day}"] if after.since > next_day else []
    )


def _repeated(sets: Sequence[RuleSet]) -> list[str]:
    versions = [rule_set.version for rule_set in sets]
    wrong = [f"the version {name} stands there twice" for name in _twice(versions)]
    for rule_set in sets:
        codes = [rule.code for rule in rule_set.rules]
        wrong += [f"{rule_set.version} has the rule {code} twice" for code in _twice(codes)]
    return wrong


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
