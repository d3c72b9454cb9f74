"""The links about the person: the fields of the record, consent, proofing, and what was sent."""

from collections.abc import Mapping

from services.compliance.evidence.case import Case
from services.compliance.evidence.evidence import Link, LinkCode, RowRef
from services.compliance.evidence.link_making import (
    NOT_STARTED_HERE,
    ONLY_IAS,
    decide,
    known,
    missing,
    not_applicable,
)
from services.identity.completeness import missing_names
from services.identity.consent.consent_state import ConsentState
from services.identity.drift.fields import field_names
from services.identity.drift.proofed import DriftVerdict
from services.store.tables import StartCheck

VALID = "valid"
"""The signature of a message that upstream's key has signed."""

_UNCHECKED = "What was known of the person at the start was not noted."
_NO_CONSENT = {
    ConsentState.NONE: "Nobody had agreed before the start.",
    ConsentState.ENDED: "The consent had ended before the start.",
    ConsentState.REVOKED: "The consent was withdrawn before the start.",
}
_COMPARISON: Mapping[str, str] = {
    DriftVerdict.DRIFTED: "The record that was sent differs from the one that the identity was "
    "proofed against.",
    DriftVerdict.NOT_CAPTURED: "What the identity was proofed against was never captured.",
    DriftVerdict.NOT_COMPARABLE: "Not every field could be compared: a key of the hashes is not in "
    "SECRET_KEY any more, or Metriport sent something that cannot be read.",
}


def person_link(case: Case) -> Link:
    """Whether the record had every field that a valid IAS query needs, when it was started."""
    code, check = LinkCode.PERSON, case.rows.check
    if not case.rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if check is None:
        return missing(code, _unchecked(case))
    lacking = ", ".join(missing_names(check.missing))
    complaint = f"The record lacked: {lacking}." if lacking else ""
    return decide(code, [complaint], [("checked at", check.at)], _check_row(check))


def consent_link(case: Case) -> Link:
    """Whether a consent of the person counted at the start."""
    code = LinkCode.CONSENT
    if not case.rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if not case.needs_consent:
        return not_applicable(code, "The company holds consents elsewhere (CONSENT=off).")
    found = case.consent
    row = found.row
    if row is None:
        return missing(code, _NO_CONSENT[ConsentState.NONE])
    facts = known(
        ("consent", row.id),
        ("version", row.version),
        ("text", row.text_hash),
        ("given at", row.given_at),
        ("captured", row.way),
        ("recorded by", row.recorded_by),
        ("ends at", row.ends_at),
        ("withdrawn at", row.revoked_at),
        ("recorded at", row.recorded_at),
    )
    complaint = "" if found.is_given else _NO_CONSENT[found.state]
    return decide(code, [complaint], facts, RowRef("consent", row.id))


def proofing_link(case: Case) -> Link:
    """Whether the person's identity was proofed before the start, and a signed message said so."""
    code, rows = LinkCode.PROOFING, case.rows
    if not rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if rows.is_external:
        return missing(code, NOT_STARTED_HERE)
    identity = rows.identity
    if identity is None:
        return missing(code, "The log holds no identity that the query used.")
    message, verification = rows.message, rows.verification
    facts = known(
        ("identity", identity.proofed_identity_id),
        ("proofed at", rows.proofed_at),
        ("session", (verification.session_id or verification.id) if verification else None),
        ("verified in", None if identity.from_session else "the company's own app"),
        ("message", message.message_id if message else None),
        ("message came at", message.received_at if message else None),
        ("signature", message.signature_status if message else None),
        ("refused at", identity.inactive_at),
    )
    return decide(
        code,
        _complaints_of_proofing(case),
        facts,
        RowRef("proofed_identity", identity.proofed_identity_id),
        RowRef("identity_session", verification.id) if verification else None,
        RowRef("webhook_event", message.id) if message else None,
    )


def _complaints_of_proofing(case: Case) -> list[str]:
    rows, identity, message = case.rows, case.rows.identity, case.rows.message
    assert identity is not None
    at, proofed_at = rows.query.submitted_at, rows.proofed_at
    late = proofed_at is not None and proofed_at > at
    # A refusal of this very query comes after its start.
    refused = identity.inactive_at is not None and identity.inactive_at < at
    lost = identity.from_session is not None and rows.verification is None
    return [
        "The identity is another person's." if identity.patient_id != rows.query.patient_id else "",
        "It was proofed after the start." if late else "",
        "Metriport had refused the identity before the start." if refused else "",
        "The identity session that it came from is not in the log." if lost else "",
        "The message that brought it is not in the log." if message is None else "",
        "The message that brought it has no valid signature."
        if message is not None and message.signature_status != VALID
        else "",
    ]


def demographics_link(case: Case) -> Link:
    """Whether the record at the start was the one that the identity was proofed against."""
    code, check = LinkCode.DEMOGRAPHICS, case.rows.check
    if not case.rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if check is None:
        return missing(code, _unchecked(case))
    drifted = field_names(sorted(check.drifted))
    facts = known(
        ("compared at", check.at), ("differs in", drifted), ("started because", check.drift_reason)
    )
    complaint = "" if check.demographics == DriftVerdict.SAME else _comparison(check)
    return decide(code, [complaint], facts, _check_row(check))


def _comparison(check: StartCheck) -> str:
    unknown = f"The comparison has shown: {check.demographics}."
    return _COMPARISON.get(check.demographics, unknown)


def _unchecked(case: Case) -> str:
    return NOT_STARTED_HERE if case.rows.is_external else _UNCHECKED


def _check_row(check: StartCheck) -> RowRef:
    return RowRef("start_check", check.query_id)
