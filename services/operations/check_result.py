"""What a check of the setup found."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check went; `unclear` where nobody can tell from here."""

    OK = "ok"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome, in a sentence that says what to do where it failed."""

    status: CheckStatus
    what: str


def ok(what: str) -> CheckResult:
    """Nothing to do."""
    return CheckResult(CheckStatus.OK, what)


def failed(what: str) -> CheckResult:
    """Somebody has to do what the sentence says."""
    return CheckResult(CheckStatus.FAILED, what)


def unclear(what: str) -> CheckResult:
    """Nobody can tell from here."""
    return CheckResult(CheckStatus.UNCLEAR, what)
