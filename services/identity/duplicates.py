"""Which unique values this domain expects to stand already."""

from services.errors import LogRefused
from services.store import Duplicate

FINGERPRINT = "uq_aal2_session_fingerprint"
IMPORT_ID = "uq_consent_import_id"
UPSTREAM_IDS = ("uq_identity_session_session_id", "uq_aal2_challenge_challenge_id")


def expect_duplicate(duplicate: Duplicate, *constraints: str) -> None:
    """Raise `LogRefused` unless the duplicate is of one of `constraints`.

    Any other unique value that stands already is a mistake of this program, and must not pass for
    the case that a caller knows how to handle.
    """
    if duplicate.constraint not in constraints:
        raise LogRefused(
            f"The log holds a row with this value already ({duplicate.constraint})."
        ) from duplicate
