"""The normal text of an error, by which it is counted: the log keeps the same text beside it."""

from services.store.error_texts import normalised

__all__ = ["normalised"]
