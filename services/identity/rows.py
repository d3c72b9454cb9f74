"""The rows of this domain as pages read them: pages never import `store`."""

from services.store.tables import PatientLink

__all__ = ["PatientLink"]
