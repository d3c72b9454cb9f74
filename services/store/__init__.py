"""The log: its database, its tables, its migrations."""

from services.store.engine import Duplicate, Store, lock_holds, lock_person

__all__ = ["Duplicate", "Store", "lock_holds", "lock_person"]
