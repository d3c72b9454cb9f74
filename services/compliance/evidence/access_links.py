"""The links about authentication: the challenge, and the AAL2 session that it brought."""

from datetime import timedelta

from services.compliance.evidence.case import Case
from services.compliance.evidence.evidence import Link, LinkCode, RowRef, Value
from services.compliance.evidence.link_making import (
    NOT_STARTED_HERE,
    ONLY_IAS,
    decide,
    known,
    missing,
    not_applicable,
)
from services.compliance.evidence.rows import reached_upstream
from services.identity.returns import VERIFIED
from services.store.tables import Aal2Challenge, Aal2Session

PHISHING_RESISTANT = frozenset({"webauthn"})
"""Methods that a false site cannot pass on (NIST SP 800-63B)."""


def challenge_link(case: Case) -> Link:
    """Whether the person answered a multifactor challenge for this identity, and how."""
    code, rows = LinkCode.CHALLENGE, case.rows
    if not rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if rows.is_external:
        return missing(code, NOT_STARTED_HERE)
    challenge = rows.challenge
    if challenge is None:
        return missing(code, "The log holds no challenge that the person answered for it.")
    facts = known(
        ("challenge", challenge.challenge_id or challenge.id),
        ("method", challenge.method),
        ("phishing-resistant", challenge.method in PHISHING_RESISTANT),
        ("sent by", challenge.created_by),
        ("sent at", challenge.created_at),
        ("returned at", challenge.returned_at),
        ("returned as", challenge.returned_status),
        ("different returns", challenge.returns if challenge.returns > 1 else None),
    )
    query = rows.query
    other_identity = challenge.proofed_identity_id != query.proofed_identity_id
    complaints = [
        "The challenge is another person's." if challenge.patient_id != query.patient_id else "",
        "The challenge was for another identity." if other_identity else "",
        "" if _is_satisfied(challenge, rows.aal2) else "It was not satisfied.",
    ]
    return decide(code, complaints, facts, RowRef("aal2_challenge", challenge.id))


def _is_satisfied(challenge: Aal2Challenge, aal2: Aal2Session | None) -> bool:
    """Only a verified return brings a session.

    The status is that of the first return: of several, the verified one may have come later.
    """
    return aal2 is not None and (challenge.returned_status == VERIFIED or challenge.returns > 1)


def aal2_link(case: Case) -> Link:
    """Whether an AAL2 session of the person was in time at the start, and served this alone."""
    code, rows = LinkCode.AAL2, case.rows
    if not rows.is_ias:
        return not_applicable(code, ONLY_IAS)
    if rows.is_external:
        return missing(code, NOT_STARTED_HERE)
    aal2 = rows.aal2
    if aal2 is None:
        return missing(code, "The log holds no AAL2 session that it used.")
    return decide(
        code, _complaints(case, aal2), _facts(case, aal2), RowRef("aal2_session", aal2.id)
    )


def _facts(case: Case, aal2: Aal2Session) -> list[tuple[str, Value]]:
    age = case.rows.age_at_start or timedelta(0)
    given_back = not case.rows.reached_upstream
    return known(
        ("session", aal2.id),
        ("satisfied at", aal2.verified_at),
        ("minutes old at start", round(age / timedelta(minutes=1), 1)),
        ("minutes idle at start", round(age / timedelta(minutes=1), 1)),
        ("used at", aal2.used_at if aal2.used_by == case.rows.query.id else None),
        ("given back", "Metriport never looked at the query" if given_back else None),
        ("refused", "Metriport refused the session" if aal2.end_reason == "refused" else None),
    )


def _complaints(case: Case, aal2: Aal2Session) -> list[str]:
    rows, query = case.rows, case.rows.query
    age = rows.age_at_start or timedelta(0)
    spent = aal2.used_by == query.id or not rows.reached_upstream
    return [
        "The session is another person's." if aal2.patient_id != query.patient_id else "",
        "The session was made for another identity."
        if aal2.proofed_identity_id != query.proofed_identity_id
        else "",
        "It was satisfied after the start." if age < timedelta(0) else "",
        "It was too old at the start." if age >= case.max_age else "",
        "It was idle for too long at the start." if case.max_idle <= age < case.max_age else "",
        "" if spent else "The session does not say that this query used it.",
        "Another query used it too." if _is_shared(case) else "",
    ]


def _is_shared(case: Case) -> bool:
    """Whether upstream saw another query with it; one that it never looked at used nothing up."""
    others = [query for query in case.rows.sharing if reached_upstream(query)]
    return case.rows.reached_upstream and bool(others)
