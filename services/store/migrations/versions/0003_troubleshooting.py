"""Upstream request ids are looked up."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_upstream_call_upstream_request_id", "upstream_call", ["upstream_request_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_upstream_call_upstream_request_id", "upstream_call")
