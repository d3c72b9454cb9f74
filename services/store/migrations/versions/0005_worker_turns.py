"""When background work last had its turn; what happened to one object."""

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


def downgrade() -> None:
    op.drop_index("ix_audit_event_object_id", "audit_event")
    op.drop_table("worker_turn")
