"""The log: its database, its tables, its migrations."""

# Imported for what it does: it fills columns of every row that is written.
from services.store import filled_columns as _filled_columns  # noqa: F401
from services.store.engine import Duplicate, Store, lock_holds, lock_person

__all__ = ["Duplicate", "Store", "lock_holds", "lock_person"]
