"""Why can this person not get their records, and what is next? A case in, a verdict out. Pure."""

import services.diagnosis.rules  # noqa: F401 - registers the rules
from services.diagnosis.registry import rules
from services.diagnosis.verdict import Case, Verdict

RULES = rules()
"""Every rule, in the order in which they are tried."""


def diagnose(case: Case) -> Verdict:
    """The verdict of the first rule that matches; the last one always does."""
    return next(found for rule in RULES if (found := rule(case)) is not None)
