"""The rules of the diagnosis and their order: by stage, and within a stage as they are written."""

from collections.abc import Callable
from enum import IntEnum, auto

from services.diagnosis.verdict import Case, Verdict


class Stage(IntEnum):
    """When a rule is tried; the first rule that applies gives the verdict.

    First the rules about an upstream that cannot be asked, then those about the steps of individual
    access, then those about the query that the case is about, and last those about a person for
    whom nothing was asked yet.
    """

    NOTHING_WORKS = auto()
    UNCONFIRMED_ACCESS = auto()
    UPSTREAM_HEALTH = auto()
    IDENTITY_UNDER_WAY = auto()
    CONSENT = auto()
    DEMOGRAPHICS = auto()
    AAL2_UNDER_WAY = auto()
    IDENTITY_BLOCKED = auto()
    AAL2_BLOCKED = auto()
    QUERY_RUNNING = auto()
    QUERY_NOT_RUN = auto()
    SOURCES_NOT_ASKED = auto()
    QUERY_FAILED = auto()
    RECORDS = auto()
    UNKNOWN_STATUS = auto()
    NOTHING_ASKED = auto()
    OTHERWISE = auto()


Rule = Callable[[Case], Verdict | None]
"""The verdict of a case, or None where the rule does not apply."""

_RULES: list[tuple[Stage, Rule]] = []


def rule(stage: Stage) -> Callable[[Rule], Rule]:
    """Register a rule, behind those of its stage that are registered already.

    All rules of a stage stand in one module, so that their order can be read there.
    """

    def register(function: Rule) -> Rule:
        _RULES.append((stage, function))
        return function

    return register


def rules() -> list[Rule]:
    """Every rule, in the order in which they are tried."""
    return [function for _, function in sorted(_RULES, key=lambda entry: entry[0])]
