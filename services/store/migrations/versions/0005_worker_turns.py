"""Turns of background work, events of one object, setbacks of bulk runs."""

import sqlalchemy as sa
from alembic import op

import services.store.columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_turn",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_turn")),
    )
    op.create_index("ix_audit_event_object_id", "audit_event", ["object_id"])
    op.create_index("ix_webhook_event_type_id", "webhook_event", ["type", "id"])
    op.create_index("ix_upstream_call_path_id", "upstream_call", ["path", "id"])
    failed = sa.text("error_kind IS NOT NULL")
    op.create_index(
        "ix_upstream_call_failed",
        "upstream_call",
        ["id"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
    with op.batch_alter_table("bulk_run") as batch_op:
        batch_op.add_column(
            sa.Column("not_before", services.store.columns.UtcDateTime(), nullable=True)
        )
        batch_op.add_column(sa.Column("setbacks", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("stop_reason", sa.String(length=300), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("bulk_run") as batch_op:
        batch_op.drop_column("stop_reason")
        batch_op.drop_column("setbacks")
        batch_op.drop_column("not_before")
    op.drop_index("ix_upstream_call_failed", "upstream_call")
    op.drop_index("ix_upstream_call_path_id", "upstream_call")
    op.drop_index("ix_webhook_event_type_id", "webhook_event")
    op.drop_index("ix_audit_event_object_id", "audit_event")
    op.drop_table("worker_turn")
