"""The rows of the log that pages show of retention."""

from services.store.tables import LegalHold

__all__ = ["LegalHold"]
