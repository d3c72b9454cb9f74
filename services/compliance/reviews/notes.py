"""The notes of reviewers, which the table `review_decision` holds encrypted."""

from cryptography.fernet import InvalidToken

from services.compliance.reviews.rows import ReviewDecision
from services.vault import Vault


def read_note(vault: Vault, row: ReviewDecision) -> str | None:
    """The note of a decision; empty without one, None where SECRET_KEY has its key no more."""
    if row.note is None:
        return ""
    try:
        return vault.decrypt(row.note).decode("utf-8", "replace")
    except InvalidToken:
        return None
