"""Rules about the person's consent. With `CONSENT=off` none of them applies."""

from services.compliance.evidence.evidence import Severity
from services.compliance.rules.rule import SOP, Judged, QueryRule, in_words
from services.identity.consent.consent_state import ConsentFacts, ConsentState


def _state_of(judged: Judged) -> ConsentFacts | None:
    """The consent at the start; None where none is needed."""
    case = judged.case
    return case.consent if case.rows.is_ias and case.needs_consent else None


def _missing(judged: Judged) -> str | None:
    found = _state_of(judged)
    if found is None or found.state is not ConsentState.NONE:
        return None
    return "The person had agreed to no text before the start."


def _ended(judged: Judged) -> str | None:
    return _over(judged, ConsentState.ENDED, "ended")


def _revoked(judged: Judged) -> str | None:
    return _over(judged, ConsentState.REVOKED, "was withdrawn")


def _over(judged: Judged, state: ConsentState, word: str) -> str | None:
    found = _state_of(judged)
    if found is None or found.state is not state:
        return None
    when = f" at {in_words(found.over_at)}" if found.over_at else ""
    return f"The consent {word}{when}, before the start."


def _recorded_late(judged: Judged) -> str | None:
    found = _state_of(judged)
    if found is None or not found.is_given or found.row is None:
        return None
    recorded_at = found.row.recorded_at
    if recorded_at <= judged.case.submitted_at + judged.case.windows.same_moment:
        return None
    return f"The consent is dated before the start, but was recorded at {in_words(recorded_at)}."


_TEXT = "An IAS query rests on the person's own consent, which counts when it is started."

CONSENT_RULES = (
    QueryRule("consent_missing", Severity.SERIOUS, "Consent missing", _TEXT, SOP, judge=_missing),
    QueryRule("consent_ended", Severity.SERIOUS, "Consent ended", _TEXT, SOP, judge=_ended),
    QueryRule("consent_revoked", Severity.SERIOUS, "Consent withdrawn", _TEXT, SOP, judge=_revoked),
    QueryRule(
        "consent_recorded_late",
        Severity.NOTICE,
        "Consent recorded after the start",
        "The consent of an IAS query is recorded before the query is started.",
        SOP,
        "Recorded a minute after the start or later.",
        judge=_recorded_late,
    ),
)
