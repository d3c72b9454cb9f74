"""Answers why a person cannot get their records, and what to do next: a case in, a verdict out.

Pure: it reads no clock, no log and no upstream.
"""

import services.diagnosis.rules  # noqa: F401 - registers the rules
from services.diagnosis.registry import rules
from services.diagnosis.verdict import Case, Verdict

RULES = rules()
"""Every rule, in the order in which they are tried."""


def diagnose(case: Case) -> Verdict:
    """The verdict of the first rule that applies to `case`; the last rule applies to every case."""
    return next(found for rule in RULES if (found := rule(case)) is not None)
