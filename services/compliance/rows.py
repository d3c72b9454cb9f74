"""The rows of this domain as pages read them: pages never import `store`."""

from services.store.tables import Assessment, Finding

__all__ = ["Assessment", "Finding"]
