"""The rows of the access log as pages read them: pages never import `store`."""

from services.store.tables import AuditEvent

__all__ = ["AuditEvent"]
