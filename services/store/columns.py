"""Column types that both databases share."""

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


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, on SQLite kept as text without its zone.

    A naive one is a mistake of the caller and raises `ValueError`.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Let PostgreSQL keep the zone."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database: UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class OutsideText(TypeDecorator[str]):
    """A word from outside, kept as it came but cut to the column's length.

    Comparisons go through the same door, so a long word still finds its own row.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Into the database: cut."""
        return None if value is None else storable(value)[: self._length]


def storable(text: str) -> str:
    """`text` without what JSON can carry and a database cannot: NUL and lone surrogates.

    They are replaced by marks, so that a reader sees that something stood there.
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
        """Keep `error`; a later call of `clear_error` forgets it."""
        self.error_kind, self.error_status = error.kind, error.status
        self.error_title, self.error_detail = error.title, error.detail or str(error)

    def clear_error(self) -> None:
        """Upstream has answered since, so what went wrong before is past."""
        self.error_kind = self.error_status = self.error_title = self.error_detail = None


def moment(index: bool = False) -> Any:
    """A column for a time that may be unknown."""
    return Field(default=None, sa_type=UtcDateTime, index=index)


def outside(length: int, **column: Any) -> Any:
    """A column for a word that comes from outside, or from a person's keyboard."""
    return Field(sa_type=OutsideText(length), **column)


def partial(condition: str) -> Any:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
