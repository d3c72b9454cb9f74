"""The rows of this domain as pages read them: pages never import `store`."""

from services.store.tables import NetworkQuery, QuerySource

__all__ = ["NetworkQuery", "QuerySource"]
