"""Facts → findings: every rule about queries, and both sides of every limit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.rules.rule_sets import RULE_SETS
from services.compliance.rules.starter import NOT_JUDGED
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, NetworkQuery
from tests.compliance.chains import (
    AT,
    PERSON,
    SAM,
    Chain,
    Edit,
    bulk,
    event,
    external,
    ias,
    other,
    treatment,
)

Make = Callable[[], Chain]


def minutes(number: float) -> Any:
    return AT + timedelta(minutes=number)


def setting(rows: str, **columns: Any) -> Edit:
    def edit(chain: Chain) -> None:
        for row in getattr(chain.pool, rows):
            for name, value in columns.items():
                setattr(row, name, value)

    return edit


def without(rows: str) -> Edit:
    return lambda chain: getattr(chain.pool, rows).clear()


def query(**columns: Any) -> Edit:
    return setting("queries", **columns)


def both(*edits: Edit) -> Edit:
    def edit(chain: Chain) -> None:
        for one in edits:
            one(chain)

    return edit


def with_others(*others: NetworkQuery) -> Edit:
    return lambda chain: chain.pool.others.extend(others)


def sharing(**columns: Any) -> Edit:
    second = ias(id="q-2", **({"request_id": "r-2"} | columns)).query
    return lambda chain: chain.pool.sharing.append(second)


def looked_at(**time: float) -> Edit:
    """The evidence is looked at so long after the start."""

    def edit(chain: Chain) -> None:
        chain.now = AT + timedelta(**time)

    return edit


def config(**settings: Any) -> Edit:
    def edit(chain: Chain) -> None:
        chain.config = EvidenceConfig(**settings)

    return edit


def verification(**columns: Any) -> Edit:
    values: dict[str, Any] = {"id": "i-9", "patient_id": PERSON, "status": "pending"}
    values |= {"created_by": "Sam", "created_at": minutes(-600)}
    return lambda chain: chain.pool.verifications.append(IdentitySession(**(values | columns)))


def challenge(**columns: Any) -> Edit:
    values: dict[str, Any] = {"id": "a-9", "patient_id": PERSON, "proofed_identity_id": "pid-1"}
    values |= {"status": "pending", "created_by": "Sam", "created_at": minutes(-600)}
    return lambda chain: chain.pool.challenges.append(Aal2Challenge(**(values | columns)))


def satisfied(number: float) -> Edit:
    values: dict[str, Any] = {"id": "s-9", "challenge_id": "a-9", "patient_id": PERSON}
    values |= {"proofed_identity_id": "pid-1", "fingerprint": "f-9"}
    row = Aal2Session(verified_at=minutes(number), **values)
    return lambda chain: chain.pool.aal2_sessions.append(row)


def refused_start(number: float, purpose: str = "ias") -> Edit:
    refused = event(
        7,
        "queries.start",
        "q-9",
        at=minutes(number),
        outcome="not ready",
        details={"purpose": purpose},
    )
    return lambda chain: chain.pool.attempts.append(refused)


UNANSWERED = query(request_id=None, status="unconfirmed", error_kind="no_answer")
FAILED_IAS = {"status": "failed", "purpose": "ias"}
NO_ACCESS = both(without("consents"), without("aal2_sessions"), without("challenges"))

TABLE: list[tuple[str, Make, Edit, str | None]] = [
    ("identity_not_verified", ias, setting("verifications", verified_at=minutes(-30)), None),
    ("identity_not_verified", ias, without("identities"), "names no proofed identity"),
    (
        "identity_not_verified",
        ias,
        both(
            setting("identities", verified_at=minutes(1)),
            setting("verifications", verified_at=minutes(1)),
            setting("messages", received_at=minutes(1)),
        ),
        "proofed at 2026-09-14 15:31 UTC, after the start",
    ),
    (
        "identity_not_verified",
        ias,
        both(
            setting("identities", verified_at=AT),
            setting("verifications", verified_at=AT),
            setting("messages", received_at=AT),
        ),
        None,
    ),
    (
        "identity_not_verified",
        ias,
        setting("identities", inactive_at=minutes(-0.01)),
        "had refused",
    ),
    ("identity_not_verified", ias, setting("identities", inactive_at=AT), None),
    ("identity_not_verified", treatment, query(), None),
    ("identity_of_another", ias, setting("identities", patient_id="p-2"), "another person"),
    ("identity_of_another", ias, setting("aal2_sessions", patient_id="p-2"), "AAL2 session"),
    ("identity_of_another", ias, setting("verifications", patient_id="p-2"), "identity session"),
    ("identity_of_another", ias, query(), None),
    ("identity_unsigned", ias, setting("messages", signature_status="invalid"), "invalid"),
    ("identity_unsigned", ias, without("messages"), "not in the log"),
    ("identity_unsigned", ias, query(), None),
    ("consent_missing", ias, without("consents"), "no text"),
    ("consent_missing", ias, setting("consents", given_at=minutes(0.01)), "no text"),
    ("consent_missing", ias, setting("consents", given_at=AT), None),
    ("consent_missing", ias, both(without("consents"), config(consent="off")), None),
    ("consent_missing", ias, both(without("consents"), config(consent="required")), "no text"),
    ("consent_missing", treatment, query(), None),
    ("consent_missing", lambda: external("ias"), query(), "no text"),
    ("consent_ended", ias, setting("consents", ends_at=AT), "ended at 2026-09-14 15:30"),
    ("consent_ended", ias, setting("consents", ends_at=minutes(0.01)), None),
    ("consent_revoked", ias, setting("consents", revoked_at=AT), "was withdrawn at"),
    ("consent_revoked", ias, setting("consents", revoked_at=minutes(0.01)), None),
    ("consent_recorded_late", ias, setting("consents", recorded_at=minutes(1.01)), "15:31 UTC"),
    ("consent_recorded_late", ias, setting("consents", recorded_at=minutes(1)), None),
    ("aal2_missing", ias, without("aal2_sessions"), "no AAL2 session"),
    ("aal2_missing", ias, query(aal2_session_id=None), "no AAL2 session"),
    ("aal2_missing", ias, without("challenges"), "no challenge"),
    ("aal2_missing", ias, setting("challenges", returned_status="declined"), "not satisfied"),
    ("aal2_missing", ias, setting("aal2_sessions", verified_at=minutes(0.01)), "after the start"),
    ("aal2_missing", ias, setting("aal2_sessions", verified_at=AT), None),
    ("aal2_too_old", ias, setting("aal2_sessions", verified_at=minutes(-720)), "720 minutes old"),
    ("aal2_too_old", ias, setting("aal2_sessions", verified_at=minutes(-719.99)), None),
    (
        "aal2_too_old",
        ias,
        both(
            setting("aal2_sessions", verified_at=minutes(-60)),
            config(aal2_max_age=timedelta(hours=1)),
        ),
        "60 minutes end it",
    ),
    ("aal2_idle", ias, setting("aal2_sessions", verified_at=minutes(-30)), "idle for 30 minutes"),
    ("aal2_idle", ias, setting("aal2_sessions", verified_at=minutes(-29.99)), None),
    (
        "aal2_idle",
        ias,
        both(
            setting("aal2_sessions", verified_at=minutes(-30)),
            config(aal2_max_idle=timedelta(hours=9)),
        ),
        "30 minutes end it",
    ),
    ("aal2_used_twice", ias, sharing(), "the query q-2"),
    ("aal2_used_twice", ias, sharing(request_id=None, status="unconfirmed"), "the query q-2"),
    (
        "aal2_used_twice",
        ias,
        sharing(request_id=None, status="rejected", error_kind="key_refused"),
        None,
    ),
    ("aal2_used_twice", ias, setting("aal2_sessions", used_by="q-7"), "q-7 used it"),
    (
        "aal2_used_twice",
        ias,
        both(sharing(), query(request_id=None, status="not_started", error_kind="unreachable")),
        None,
    ),
    ("method_not_phishing_resistant", ias, setting("challenges", method="totp"), "was totp"),
    ("method_not_phishing_resistant", ias, setting("challenges", method=None), "was not told"),
    ("method_not_phishing_resistant", ias, setting("challenges", method="webauthn"), None),
    ("demographics_incomplete", ias, setting("checks", missing=["zip", "dob"]), "dob, zip"),
    ("demographics_incomplete", ias, setting("checks", missing=[]), None),
    ("demographics_unchecked", ias, without("checks"), "Nobody noted"),
    ("demographics_unchecked", ias, query(), None),
    (
        "demographics_drifted",
        ias,
        setting(
            "checks", demographics="drifted", drifted=["name", "address"], drift_reason="Moved"
        ),
        "address, name. Reason for starting all the same: Moved",
    ),
    ("demographics_drifted", ias, setting("checks", demographics="drifted"), "none was given"),
    ("demographics_drifted", ias, query(), None),
    ("demographics_not_compared", ias, setting("checks", demographics="not_captured"), "never"),
    ("demographics_not_compared", ias, setting("checks", demographics="not_comparable"), "key"),
    ("demographics_not_compared", ias, setting("checks", demographics="drifted"), None),
    ("no_reason", ias, NO_ACCESS, "No reason"),
    ("no_reason", ias, both(NO_ACCESS, query(ticket="SUP-1")), None),
    ("no_reason", ias, both(NO_ACCESS, query(reason="Asked by letter")), None),
    ("no_reason", ias, without("consents"), None),
    ("no_reason", ias, both(without("aal2_sessions"), without("challenges")), None),
    ("unconfirmed", ias, both(UNANSWERED, looked_at(hours=24)), "within a day"),
    ("unconfirmed", ias, both(UNANSWERED, looked_at(hours=23.99)), None),
    ("unconfirmed", treatment, both(UNANSWERED, looked_at(hours=24)), "within a day"),
    (
        "unconfirmed",
        ias,
        query(request_id=None, status="not_started", error_kind="no_answer"),
        "within a day",
    ),
    (
        "unconfirmed",
        ias,
        query(request_id=None, status="not_started", error_kind="unreachable"),
        None,
    ),
    ("unconfirmed", ias, query(status="processing"), None),
    ("still_running", ias, both(query(status="processing"), looked_at(hours=24)), "still running"),
    ("still_running", ias, both(query(status="processing"), looked_at(hours=23.99)), None),
    ("still_running", ias, setting("sources", status="processing"), "No outcome"),
    ("still_running", ias, query(), None),
    ("start_not_noted", ias, without("starts"), "holds no event"),
    ("start_not_noted", treatment, without("starts"), "holds no event"),
    ("start_not_noted", lambda: external("ias"), query(), None),
    ("start_not_noted", ias, query(), None),
    ("start_contradicted", ias, setting("starts", actor_id="test#eve"), "two different people"),
    ("start_contradicted", ias, setting("staff_sessions", staff_id="test#eve"), "somebody else's"),
    ("start_contradicted", ias, query(started_by_id=None), "two different people"),
    ("start_contradicted", ias, query(), None),
    ("started_without_role", ias, setting("starts", role="product"), "The role was product"),
    ("started_without_role", ias, setting("starts", role="compliance"), "compliance"),
    ("started_without_role", ias, setting("starts", role=""), "none"),
    ("started_without_role", ias, setting("starts", role="a role of former days"), "former"),
    ("started_without_role", ias, setting("starts", role="admin"), None),
    ("started_without_role", ias, setting("staff_sessions", ended_at=minutes(-1.01)), "had ended"),
    ("started_without_role", ias, setting("staff_sessions", ended_at=minutes(-1)), None),
    (
        "started_without_role",
        treatment,
        both(bulk, setting("staff_sessions", ended_at=minutes(-60))),
        None,
    ),
    (
        "started_without_role",
        treatment,
        both(bulk, setting("staff_sessions", revoked_at=minutes(-1.01))),
        "An administrator",
    ),
    (
        "started_without_role",
        treatment,
        both(bulk, setting("staff_sessions", revoked_at=minutes(-1))),
        None,
    ),
    ("external_ias", lambda: external("ias"), query(), "Another program"),
    ("external_ias", lambda: external("treatment"), query(), None),
    ("external_ias", ias, query(), None),
    ("external", lambda: external("treatment"), query(), "Another program"),
    ("external", lambda: external("ias"), query(), None),
    ("clocks", ias, query(finished_at=minutes(-1.01)), "ended before it was submitted"),
    ("clocks", ias, query(finished_at=minutes(-1)), None),
    ("clocks", ias, setting("aal2_sessions", used_at=minutes(-6.01)), "before it was satisfied"),
    ("clocks", ias, setting("aal2_sessions", used_at=minutes(-6)), None),
    ("clocks", ias, setting("starts", at=minutes(-1.01)), "before it was submitted"),
    ("clocks", ias, setting("starts", at=minutes(1.01)), "after it was submitted"),
    ("clocks", ias, setting("starts", at=minutes(1)), None),
    ("clocks", ias, looked_at(minutes=-1.01), "in the future"),
    ("clocks", ias, looked_at(minutes=-1), None),
    ("treatment_without_grounds", treatment, query(facility_id=None), "no facility"),
    ("treatment_without_grounds", treatment, query(reason=""), "no reason"),
    (
        "treatment_without_grounds",
        treatment,
        query(reason=None, facility_id=""),
        "no facility and no reason",
    ),
    ("treatment_without_grounds", treatment, query(), None),
    ("treatment_without_grounds", lambda: external("treatment"), query(), None),
    ("treatment_without_grounds", ias, query(), None),
    (
        "treatment_during_access",
        treatment,
        verification(created_at=minutes(-59.99)),
        "a verification link was made at 2026-09-14 14:30",
    ),
    ("treatment_during_access", treatment, verification(created_at=minutes(-60)), None),
    ("treatment_during_access", treatment, verification(created_at=minutes(0.01)), None),
    ("treatment_during_access", treatment, verification(opened_at=minutes(-5)), "was opened"),
    ("treatment_during_access", treatment, verification(returned_at=minutes(-5)), "came back"),
    (
        "treatment_during_access",
        treatment,
        verification(created_at=minutes(-9), withdrawn_at=minutes(-1)),
        None,
    ),
    (
        "treatment_during_access",
        treatment,
        verification(created_at=minutes(-9), withdrawn_at=minutes(1)),
        "was made",
    ),
    ("treatment_during_access", treatment, challenge(created_at=minutes(-1)), "a challenge link"),
    ("treatment_during_access", treatment, both(challenge(), satisfied(-59.99)), "was satisfied"),
    ("treatment_during_access", treatment, both(challenge(), satisfied(-60)), None),
    (
        "treatment_during_access",
        treatment,
        both(challenge(), satisfied(-20), with_others(other("q-2", 19))),
        None,
    ),
    (
        "treatment_during_access",
        treatment,
        both(challenge(), satisfied(-20), with_others(other("q-2", 19, purpose="treatment"))),
        "was satisfied",
    ),
    (
        "treatment_during_access",
        treatment,
        both(challenge(), satisfied(-20), with_others(other("q-2", 21))),
        "was satisfied",
    ),
    (
        "treatment_during_access",
        treatment,
        verification(patient_id="p-2", created_at=minutes(-5)),
        None,
    ),
    ("treatment_during_access", ias, verification(created_at=minutes(-5)), None),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 59.99, **FAILED_IAS)),
        "2026-09-14 14:30",
    ),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 60, **FAILED_IAS)),
        None,
    ),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 200, finished_at=minutes(-5), **FAILED_IAS)),
        "15:25",
    ),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 20, finished_at=minutes(5), **FAILED_IAS)),
        None,
    ),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 5, status="rejected")),
        "15",
    ),
    ("treatment_after_failed_ias", treatment, with_others(other("q-2", 5)), None),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 5, purpose="treatment", status="failed")),
        None,
    ),
    (
        "treatment_after_failed_ias",
        treatment,
        with_others(other("q-2", 5, patient_id="p-2", status="failed")),
        None,
    ),
    ("treatment_after_failed_ias", treatment, refused_start(-59.99), "14:30"),
    ("treatment_after_failed_ias", treatment, refused_start(-60), None),
    ("treatment_after_failed_ias", treatment, refused_start(-5, "treatment"), None),
    ("treatment_after_failed_ias", ias, refused_start(-5), None),
]


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
