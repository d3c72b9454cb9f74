"""Lists and ranges go by time columns, and every asking keeps the same four error columns.

An id is made when a dialog opens, so it is no time: indexes that ended in it now end in a time.
A webhook is known by its id and its body together.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from services.store.columns import OutsideText

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BY_TIME = (
    ("network_query", ["patient_id", "id"], ["patient_id", "submitted_at"]),
    ("network_query", ["status", "id"], ["status", "submitted_at"]),
    ("identity_session", ["patient_id", "id"], ["patient_id", "created_at"]),
    ("aal2_challenge", ["patient_id", "id"], ["patient_id", "created_at"]),
    ("aal2_session", ["patient_id", "id"], ["patient_id", "verified_at"]),
    ("record_request", ["patient_id", "id"], ["patient_id", "submitted_at"]),
    ("webhook_event", ["status", "id"], ["status", "received_at"]),
    ("webhook_event", ["type", "id"], ["type", "received_at"]),
    ("upstream_call", ["path", "id"], ["path", "at"]),
)
_NEW = (("webhook_event", ["received_at"]), ("bulk_run", ["created_at"]))
_ERROR_COLUMNS = {
    "identity_session": ("error_status", "error_title"),
    "aal2_challenge": ("error_status", "error_title"),
    "record_request": ("error_status", "error_title"),
    "upstream_call": ("error_status",),
    "network_query": ("unreadable", "upstream_status"),
}
_SOURCE_KEY = ["query_id", "type", "specific_source", "attempt"]
_OF_A_SOURCE = "uq_query_source_query_id_type_specific_source_attempt"
_TYPES: dict[str, Any] = {
    "error_status": sa.Integer(),
    "error_title": OutsideText(200),
    "unreadable": OutsideText(1000),
    "upstream_status": OutsideText(40),
}


def upgrade() -> None:
    for table, before, after in _BY_TIME:
        op.drop_index(_index(table, before), table)
        op.create_index(_index(table, after), table, after)
    for table, columns in _NEW:
        op.create_index(_index(table, columns), table, columns)
    for table, names in _ERROR_COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, _TYPES[name], nullable=True))
    op.execute("UPDATE upstream_call SET error_status = status WHERE error_kind IS NOT NULL")
    _index_failed_calls("at")
    open_ = sa.text("next_check_at IS NOT NULL")
    op.create_index(
        "ix_network_query_open",
        "network_query",
        ["started_by"],
        sqlite_where=open_,
        postgresql_where=open_,
    )
    with op.batch_alter_table("query_source") as batch_op:
        batch_op.drop_constraint("uq_query_source_query_id_type_attempt", type_="unique")
        batch_op.create_unique_constraint(_OF_A_SOURCE, _SOURCE_KEY)
    with op.batch_alter_table("webhook_event") as batch_op:
        batch_op.alter_column("verdict", new_column_name="signature_status")
        batch_op.drop_constraint("uq_webhook_event_message_id", type_="unique")
        batch_op.create_unique_constraint(
            "uq_webhook_event_message_id_body_hash", ["message_id", "body_hash"]
        )


def downgrade() -> None:
    with op.batch_alter_table("webhook_event") as batch_op:
        batch_op.drop_constraint("uq_webhook_event_message_id_body_hash", type_="unique")
        batch_op.create_unique_constraint("uq_webhook_event_message_id", ["message_id"])
        batch_op.alter_column("signature_status", new_column_name="verdict")
    with op.batch_alter_table("query_source") as batch_op:
        batch_op.drop_constraint(_OF_A_SOURCE, type_="unique")
        batch_op.create_unique_constraint(
            "uq_query_source_query_id_type_attempt", ["query_id", "type", "attempt"]
        )
    op.drop_index("ix_network_query_open", "network_query")
    _index_failed_calls("id")
    for table, names in _ERROR_COLUMNS.items():
        with op.batch_alter_table(table) as batch_op:
            for name in names:
                batch_op.drop_column(name)
    for table, columns in _NEW:
        op.drop_index(_index(table, columns), table)
    for table, before, after in _BY_TIME:
        op.drop_index(_index(table, after), table)
        op.create_index(_index(table, before), table, before)


def _index(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"


def _index_failed_calls(column: str) -> None:
    failed = sa.text("error_kind IS NOT NULL")
    op.drop_index("ix_upstream_call_failed", "upstream_call")
    op.create_index(
        "ix_upstream_call_failed",
        "upstream_call",
        [column],
        sqlite_where=failed,
        postgresql_where=failed,
    )
