"""The log: its database, its tables, its migrations."""

from services.store.engine import Duplicate, Store

__all__ = ["Duplicate", "Store"]
