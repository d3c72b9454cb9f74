"""Facts → findings: identity, consent, AAL2, and the record that is sent."""

from datetime import timedelta

from tests.compliance.chain_rows import AT
from tests.compliance.chains import external, ias, treatment
from tests.compliance.edits import both, config, minutes, query, setting, sharing, without
from tests.compliance.rules.facts import Table

TABLE: Table = [
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
    (
        "consent_missing",
        ias,
        both(without("consents"), without("checks"), config(consent="off")),
        None,
    ),
    ("consent_missing", ias, both(without("consents"), setting("checks", consent="off")), None),
    (
        "consent_missing",
        ias,
        both(without("consents"), setting("checks", consent="none"), config(consent="off")),
        "no text",
    ),
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
    (
        "demographics_incomplete",
        ias,
        setting("checks", missing=["zip", "birth_date"]),
        "date of birth, ZIP",
    ),
    ("demographics_incomplete", ias, setting("checks", missing=[]), None),
    ("demographics_unchecked", ias, without("checks"), "Nobody noted"),
    ("demographics_unchecked", ias, query(), None),
    (
        "demographics_drifted",
        ias,
        setting(
            "checks", demographics="drifted", drifted=["name", "address"], drift_reason="Moved"
        ),
        "address and name. Reason for starting all the same: Moved",
    ),
    ("demographics_drifted", ias, setting("checks", demographics="drifted"), "none was given"),
    ("demographics_drifted", ias, query(), None),
    ("demographics_not_compared", ias, setting("checks", demographics="not_captured"), "never"),
    ("demographics_not_compared", ias, setting("checks", demographics="not_comparable"), "key"),
    ("demographics_not_compared", ias, setting("checks", demographics="drifted"), None),
]
