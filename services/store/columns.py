"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from services.errors import UpstreamError

# Constraint names are fixed, so that migrations can speak of them on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

STAFF_ID_LENGTH = 500
"""Characters of a staff id: the address of an issuer, `#`, and a subject of up to 255."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite has no type for it and keeps a text without the zone.

    Raises `ValueError` for a datetime without a zone, which is a mistake of the caller.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """A timestamp with a zone on PostgreSQL, and without one on SQLite."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """A value on its way into the database, in UTC; raises `ValueError` without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """A value from the database as an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class OutsideText(TypeDecorator[str]):
    """A text from outside, kept as it came but cut to the column's length.

    PostgreSQL refuses a longer text, and one long word must not cost its whole row. A value that
    the column is compared with is cut too, so that a long text still finds its row.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """A value on its way into the database, cut to the length."""
        return None if value is None else storable(value)[: self._length]


def storable(text: str) -> str:
    """`text` without what JSON can carry and a database cannot: NUL and lone surrogates.

    They are replaced by marks and not left out, so that a reader sees that something stood there.
    """
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


class ErrorColumns(SQLModel):
    """The columns that keep why a call to the upstream did not succeed, in its own words."""

    error_kind: str | None = Field(default=None, max_length=40)
    error_status: int | None = None
    error_title: str | None = Field(default=None, sa_type=OutsideText(200))
    error_detail: str | None = Field(default=None, sa_type=OutsideText(1000))

    def keep_error(self, error: UpstreamError) -> None:
        """Set the columns from `error`, in place of an earlier error."""
        self.error_kind, self.error_status = error.kind, error.status
        self.error_title, self.error_detail = error.title, error.detail or str(error)

    def clear_error(self) -> None:
        """Empty the columns, because a later call has succeeded."""
        self.error_kind = self.error_status = self.error_title = self.error_detail = None


def moment(index: bool = False) -> Any:
    """A column for a time (UTC) that may be unknown."""
    return Field(default=None, sa_type=UtcDateTime, index=index)


def outside(length: int, **column: Any) -> Any:
    """A column for a text from upstream or from a person, cut to `length` characters."""
    return Field(sa_type=OutsideText(length), **column)


def staff_id(**column: Any) -> Any:
    """A column for the id of a member of the staff; the name that they had stands beside it."""
    return Field(max_length=STAFF_ID_LENGTH, **column)


def partial(condition: str) -> Any:
    """The arguments that make an index partial on both databases; `condition` is SQL."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
