"""Each way to break one link of a complete chain: what is changed, which link, and what is said."""

from services.compliance.evidence.evidence import LinkCode
from tests.compliance.chains import Edit
from tests.compliance.edits import minutes, setting, without

BREAKS: list[tuple[str, Edit, LinkCode, str]] = [
    ("no field lacked", setting("checks", missing=["zip", "city"]), LinkCode.PERSON, "city, ZIP"),
    ("no consent", without("consents"), LinkCode.CONSENT, "Nobody had agreed"),
    ("consent later", setting("consents", given_at=minutes(1)), LinkCode.CONSENT, "Nobody had"),
    ("consent ended", setting("consents", ends_at=minutes(-1)), LinkCode.CONSENT, "had ended"),
    ("withdrawn", setting("consents", revoked_at=minutes(-1)), LinkCode.CONSENT, "withdrawn"),
    (
        "consent of another",
        setting("consents", patient_id="p-2"),
        LinkCode.CONSENT,
        "Nobody had agreed",
    ),
    ("no identity", without("identities"), LinkCode.PROOFING, "no identity"),
    ("no identity session", without("verifications"), LinkCode.PROOFING, "identity session"),
    ("no message", without("messages"), LinkCode.PROOFING, "message that brought it is not"),
    (
        "unsigned",
        setting("messages", signature_status="invalid"),
        LinkCode.PROOFING,
        "no valid signature",
    ),
    (
        "identity of another",
        setting("identities", patient_id="p-2"),
        LinkCode.PROOFING,
        "another person's",
    ),
    (
        "identity refused",
        setting("identities", inactive_at=minutes(-1)),
        LinkCode.PROOFING,
        "had refused",
    ),
    (
        "drifted",
        setting("checks", demographics="drifted", drifted=["name"]),
        LinkCode.DEMOGRAPHICS,
        "differs",
    ),
    (
        "not captured",
        setting("checks", demographics="not_captured"),
        LinkCode.DEMOGRAPHICS,
        "never captured",
    ),
    (
        "not comparable",
        setting("checks", demographics="not_comparable"),
        LinkCode.DEMOGRAPHICS,
        "SECRET_KEY",
    ),
    (
        "an unknown comparison",
        setting("checks", demographics="odd"),
        LinkCode.DEMOGRAPHICS,
        "has shown: odd",
    ),
    ("no challenge", without("challenges"), LinkCode.CHALLENGE, "no challenge"),
    (
        "declined",
        setting("challenges", returned_status="declined"),
        LinkCode.CHALLENGE,
        "not satisfied",
    ),
    (
        "challenge of another",
        setting("challenges", patient_id="p-2"),
        LinkCode.CHALLENGE,
        "another person's",
    ),
    (
        "challenge for another identity",
        setting("challenges", proofed_identity_id="pid-2"),
        LinkCode.CHALLENGE,
        "another identity",
    ),
    (
        "session of another",
        setting("aal2_sessions", patient_id="p-2"),
        LinkCode.AAL2,
        "another person's",
    ),
    (
        "session for another identity",
        setting("aal2_sessions", proofed_identity_id="pid-2"),
        LinkCode.AAL2,
        "another identity",
    ),
    (
        "satisfied later",
        setting("aal2_sessions", verified_at=minutes(1)),
        LinkCode.AAL2,
        "satisfied after the start",
    ),
    (
        "idle",
        setting("aal2_sessions", verified_at=minutes(-30)),
        LinkCode.AAL2,
        "idle for too long",
    ),
    (
        "old",
        setting("aal2_sessions", verified_at=minutes(-12 * 60)),
        LinkCode.AAL2,
        "too old",
    ),
    (
        "not spent on it",
        setting("aal2_sessions", used_by="q-9"),
        LinkCode.AAL2,
        "does not say that this query",
    ),
    ("no event", without("starts"), LinkCode.STARTER, "no event"),
    ("another starter", setting("starts", actor_id="test#eve"), LinkCode.STARTER, "somebody else"),
    ("another person", setting("starts", patient_id="p-2"), LinkCode.STARTER, "another person"),
    ("no role", setting("starts", role=""), LinkCode.STARTER, "no role"),
    ("no session", setting("starts", session_id=None), LinkCode.STARTER, "no staff session"),
    (
        "somebody else's session",
        setting("staff_sessions", staff_id="test#eve"),
        LinkCode.STARTER,
        "somebody else's",
    ),
    ("no source", without("sources"), LinkCode.SOURCES, "no source"),
    ("a look without an event", without("look_events"), LinkCode.RECORDS, "the look l-1"),
    (
        "only a reviewer's event of a look",
        setting("look_events", action="record_looks.seen"),
        LinkCode.RECORDS,
        "the look l-1",
    ),
    (
        "a request without an outcome",
        setting("requests", counted_at=None, status="processing"),
        LinkCode.RECORDS,
        "the request rr-1",
    ),
]
