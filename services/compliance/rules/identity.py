"""Rules about the person's identity, and the record that is sent."""

from services.compliance.evidence.evidence import LinkCode, Severity
from services.compliance.evidence.person_links import VALID
from services.compliance.rules.rule import METRIPORT, SOP, Judged, QueryRule, in_words
from services.identity.completeness import missing_names
from services.identity.drift.fields import field_names
from services.identity.drift.proofed import DriftVerdict


def _not_verified(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not judged.is_own_ias:
        return None
    if rows.identity is None:
        return "The query names no proofed identity that the log holds."
    at, proofed_at, refused_at = (
        judged.case.submitted_at,
        rows.proofed_at,
        rows.identity.inactive_at,
    )
    if proofed_at is not None and proofed_at > at:
        return f"The identity was proofed at {in_words(proofed_at)}, after the start."
    if refused_at is not None and refused_at < at:
        return f"Metriport had refused the identity at {in_words(refused_at)}, before the start."
    return None


def _of_another(judged: Judged) -> str | None:
    rows = judged.case.rows
    person = rows.query.patient_id
    if not judged.is_own_ias:
        return None
    if rows.identity is not None and rows.identity.patient_id != person:
        return "The proofed identity that it used belongs to another person."
    if rows.aal2 is not None and rows.aal2.patient_id != person:
        return "The AAL2 session that it used belongs to another person."
    if rows.verification is not None and rows.verification.patient_id != person:
        return "The identity session that it rests on was another person's."
    return None


def _unsigned(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not judged.is_own_ias or rows.identity is None:
        return None
    if rows.message is None:
        return "The message that brought the identity is not in the log."
    if rows.message.signature_status != VALID:
        return f"The signature of the message that brought the identity: {_word(rows.message)}."
    return None


def _word(message: object) -> str:
    return str(getattr(message, "signature_status", "")) or "none"


def _incomplete(judged: Judged) -> str | None:
    check = judged.case.rows.check
    if not judged.is_own_ias or check is None or not check.missing:
        return None
    return f"The record lacked: {', '.join(missing_names(check.missing))}."


def _unchecked(judged: Judged) -> str | None:
    if not judged.is_own_ias or judged.case.rows.check is not None:
        return None
    return "Nobody noted which fields the record had at the start, and whether they had changed."


def _drifted(judged: Judged) -> str | None:
    check = judged.case.rows.check
    if not judged.is_own_ias or check is None:
        return None
    if check.demographics != DriftVerdict.DRIFTED and not check.drifted:
        return None
    fields = field_names(sorted(check.drifted)) or "fields that were not named"
    reason = check.drift_reason or "none was given"
    return f"Changed since the proofing: {fields}. Reason for starting all the same: {reason}."


def _not_compared(judged: Judged) -> str | None:
    check = judged.case.rows.check
    if not judged.is_own_ias or check is None or check.drifted:
        return None
    if check.demographics in (DriftVerdict.SAME, DriftVerdict.DRIFTED):
        return None
    return judged.links[LinkCode.DEMOGRAPHICS].why


IDENTITY_RULES = (
    QueryRule(
        "identity_not_verified",
        Severity.SERIOUS,
        "Identity not verified before the start",
        "An IAS query uses an identity that was proofed before its start, and that Metriport has "
        "not refused since.",
        SOP,
        judge=_not_verified,
    ),
    QueryRule(
        "identity_of_another",
        Severity.SERIOUS,
        "Identity of another person",
        "The proofed identity and the AAL2 session of an IAS query are those of its person.",
        SOP,
        judge=_of_another,
    ),
    QueryRule(
        "identity_unsigned",
        Severity.SERIOUS,
        "Identity not brought by a signed message",
        "A message that Metriport's webhook key has signed brought the identity.",
        METRIPORT,
        judge=_unsigned,
    ),
    QueryRule(
        "demographics_incomplete",
        Severity.WARNING,
        "Demographics incomplete",
        "A valid IAS query needs verified first and last name, date of birth, street, city, "
        "state, ZIP, and e-mail or mobile.",
        SOP,
        judge=_incomplete,
    ),
    QueryRule(
        "demographics_unchecked",
        Severity.WARNING,
        "Demographics not checked at the start",
        "At the start of an IAS query it is noted which fields the record has.",
        SOP,
        judge=_unchecked,
    ),
    QueryRule(
        "demographics_drifted",
        Severity.SERIOUS,
        "Demographics drifted",
        "The record that is sent is the one that the identity was proofed against; where it has "
        "changed, the identity is proofed again.",
        SOP,
        judge=_drifted,
    ),
    QueryRule(
        "demographics_not_compared",
        Severity.NOTICE,
        "Demographics not comparable",
        "What the identity was proofed against was captured, and can be compared with what is "
        "sent.",
        SOP,
        judge=_not_compared,
    ),
)
