"""The triggers by which the database itself refuses to change the past of the access log.

They are part of the tables: to change them, write a migration that drops and makes them again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

GUARDED = ("audit_event", "audit_anchor", "audit_segment", "audit_head")

_IN_PURGED_SEGMENT = """EXISTS (SELECT 1 FROM audit_segment WHERE purged_at IS NOT NULL
AND OLD.seq BETWEEN first_seq AND last_seq)"""
_NOT_NEXT = "NEW.seq <= (SELECT seq FROM audit_head WHERE id = 1)"

_SEALED = (
    "id",
    "first_seq",
    "last_seq",
    "first_at",
    "last_at",
    "previous_hash",
    "last_hash",
    "sealed_at",
    "key_id",
    "signature",
)
"""The columns of a segment that its purge leaves as they are, apart from `counts`."""

_FUNCTIONS = {
    "refuse_change": "",
    "refuse_unpurged": f"IF {_IN_PURGED_SEGMENT} THEN RETURN OLD; END IF;",
    "refuse_past": f"IF NOT {_NOT_NEXT} THEN RETURN NEW; END IF;",
}
"""PostgreSQL's trigger functions, and what each lets through."""


@dataclass(frozen=True)
class _Guard:
    table: str
    act: str
    condition: str = ""
    function: str = "refuse_change"


def make_guards(execute: Callable[[str], object], dialect: str) -> None:
    """Make every trigger; `execute` runs one statement."""
    if dialect != "postgresql":
        for guard in _guards_on_sqlite():
            execute(
                f"CREATE TRIGGER {_name(guard)} BEFORE {guard.act} ON {guard.table} "
                f"{guard.condition} BEGIN SELECT RAISE(ABORT, '{guard.table} is append-only'); END"
            )
        return
    for name, exception in _FUNCTIONS.items():
        execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {exception} "
            "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for guard in _guards_on_postgresql():
        level = "STATEMENT" if guard.act == "TRUNCATE" else "ROW"
        execute(
            f"CREATE TRIGGER {_name(guard)} BEFORE {guard.act} ON {guard.table} "
            f"FOR EACH {level} {guard.condition} EXECUTE FUNCTION {guard.function}()"
        )


def drop_guards(execute: Callable[[str], object], dialect: str) -> None:
    """Take every trigger away: for a downgrade, and for tests of what is noticed without them."""
    postgresql = dialect == "postgresql"
    for guard in _guards_on_postgresql() if postgresql else _guards_on_sqlite():
        execute(f"DROP TRIGGER {_name(guard)}" + (f" ON {guard.table}" if postgresql else ""))
    for name in _FUNCTIONS if postgresql else ():
        # Triggers of later tables may use them too.
        execute(f"DROP FUNCTION {name}() CASCADE")


def _name(guard: _Guard) -> str:
    return f"{guard.table}_no_{guard.act.lower()}"


def _guards_on_sqlite() -> Iterator[_Guard]:
    yield from _updates("IS NOT")
    yield _Guard("audit_event", "DELETE", f"WHEN NOT {_IN_PURGED_SEGMENT}")
    for table in GUARDED[1:]:
        yield _Guard(table, "DELETE")
    # REPLACE and INSERT OR REPLACE delete the row that stands there without any trigger for it.
    yield _Guard("audit_event", "INSERT", f"WHEN {_NOT_NEXT}")
    yield _Guard("audit_anchor", "INSERT", _when_there("audit_anchor", "id"))
    of_segment = _when_there("audit_segment", "id", "first_seq", "last_seq")
    yield _Guard("audit_segment", "INSERT", of_segment)
    yield _Guard("audit_head", "INSERT", "WHEN EXISTS (SELECT 1 FROM audit_head)")


def _guards_on_postgresql() -> Iterator[_Guard]:
    yield from _updates("IS DISTINCT FROM")
    yield _Guard("audit_event", "INSERT", function="refuse_past")
    yield _Guard("audit_event", "DELETE", function="refuse_unpurged")
    for table in GUARDED[1:]:
        yield _Guard(table, "DELETE")
    for table in GUARDED:
        yield _Guard(table, "TRUNCATE")


def _updates(unlike: str) -> Iterator[_Guard]:
    yield _Guard("audit_event", "UPDATE")
    yield _Guard("audit_anchor", "UPDATE")
    # PostgreSQL compares JSON as text only.
    values = [*("{}." + name for name in _SEALED), "CAST({}.counts AS TEXT)"]
    changed = " OR ".join(f"{v.format('NEW')} {unlike} {v.format('OLD')}" for v in values)
    # The one thing that happens to a segment: it is purged, once.
    not_purge = f"OLD.purged_at IS NOT NULL OR NEW.purged_at IS NULL OR {changed}"
    yield _Guard("audit_segment", "UPDATE", f"WHEN ({not_purge})")
    yield _Guard("audit_head", "UPDATE", "WHEN (NEW.seq <= OLD.seq OR NEW.id <> OLD.id)")


def _when_there(table: str, *columns: str) -> str:
    same = " OR ".join(f"{name} = NEW.{name}" for name in columns)
    return f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
