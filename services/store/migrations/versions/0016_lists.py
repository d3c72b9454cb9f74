"""Each filter of a list has an index that gives its rows in the list's order.

A source keeps when its query was submitted, the normalised text of its error, and whether a webhook
told of it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from services.store.columns import OutsideText, UtcDateTime
from services.store.error_texts import normalised

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BATCH = 1000

_INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_network_query_purpose_origin_submitted_at", "network_query",
     ["purpose", "origin", "submitted_at"], None),
    ("ix_network_query_facility_id_submitted_at", "network_query",
     ["facility_id", "submitted_at"], None),
    ("ix_network_query_started_by", "network_query",
     ["started_by_id", "submitted_at"], "started_by_id <> ''"),
    ("ix_network_query_error", "network_query",
     ["normal_error", "submitted_at"], "normal_error IS NOT NULL"),
    ("ix_query_source_type_status_submitted_at", "query_source",
     ["type", "status", "submitted_at"], None),
    ("ix_query_source_error", "query_source",
     ["normal_error", "type", "submitted_at"], "normal_error IS NOT NULL"),
    ("ix_query_source_unreported", "query_source",
     ["status", "submitted_at"], "reported_at IS NULL"),
    ("ix_webhook_event_not_valid", "webhook_event",
     ["signature_status", "received_at"], "signature_status <> 'valid'"),
)  # fmt: skip

_LONGER = (
    ("webhook_event", "patient_id", "received_at"),
    ("webhook_event", "request_id", "received_at"),
    ("upstream_call", "patient_id", "at"),
)
"""Indexes of one column that are replaced by one of that column and the time."""

_SUBMITTED = """
UPDATE query_source SET submitted_at =
  (SELECT q.submitted_at FROM network_query q WHERE q.id = query_source.query_id)
"""
_REPORTED = """
UPDATE query_source SET reported_at = (
  SELECT min(w.received_at) FROM network_query q JOIN webhook_event w ON w.request_id = q.request_id
  WHERE q.id = query_source.query_id AND substr(w.type, 15) = query_source.type
)
"""
"""The number is that of the first character behind `network-query.`; compared by the end of the
type, so that the index of types is not taken, which holds every message of a type."""


def upgrade() -> None:
    op.add_column("network_query", sa.Column("normal_error", OutsideText(200), nullable=True))
    op.add_column("query_source", sa.Column("submitted_at", UtcDateTime(), nullable=True))
    op.add_column("query_source", sa.Column("normal_error", OutsideText(200), nullable=True))
    op.add_column("query_source", sa.Column("reported_at", UtcDateTime(), nullable=True))
    op.execute(_SUBMITTED)
    op.execute(_REPORTED)
    _normalise("network_query", "error_title", sa.String())
    _normalise("query_source", "error_message", sa.Integer())
    for table, column, time in _LONGER:
        op.create_index(f"ix_{table}_{column}_{time}", table, [column, time])
        op.drop_index(f"ix_{table}_{column}", table)
    for name, table, columns, condition in _INDEXES:
        op.create_index(name, table, columns, **_partial(condition))


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table, column, time in _LONGER:
        op.create_index(f"ix_{table}_{column}", table, [column])
        op.drop_index(f"ix_{table}_{column}_{time}", table)
    for name in ("reported_at", "normal_error", "submitted_at"):
        op.drop_column("query_source", name)
    op.drop_column("network_query", "normal_error")


def _partial(condition: str | None) -> dict[str, Any]:
    if condition is None:
        return {}
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _normalise(table_name: str, column: str, key: Any) -> None:
    """Fill `normal_error` of the rows with an error, some at a time."""
    table = sa.table(table_name, sa.column("id", key), sa.column(column), sa.column("normal_error"))
    connection, last = op.get_bind(), None
    while True:
        wanted = sa.select(table.c.id, table.c[column]).where(table.c[column].is_not(None))
        if last is not None:
            wanted = wanted.where(table.c.id > last)
        rows = connection.execute(wanted.order_by(table.c.id).limit(_BATCH)).all()
        if not rows:
            return
        last = rows[-1][0]
        change = table.update().where(table.c.id == sa.bindparam("row_id"))
        connection.execute(
            change.values(normal_error=sa.bindparam("text")),
            [{"row_id": row_id, "text": normalised(text)} for row_id, text in rows],
        )
