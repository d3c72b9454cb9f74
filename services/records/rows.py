"""The rows of this domain as pages read them: pages never import `store`."""

from services.store.tables import RecordLook, RecordRequest

__all__ = ["RecordLook", "RecordRequest"]
