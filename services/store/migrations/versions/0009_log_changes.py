"""Each transaction notes what it changed, so that open pages ask whether to be drawn again.

Indexed by topic and number: the newest changes of a topic are found without reading the others.
"""

import sqlalchemy as sa
from alembic import op

from services.store.columns import OutsideText, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_change",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", OutsideText(240), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_log_change"),
    )
    op.create_index("ix_log_change_topic_seq", "log_change", ["topic", "seq"])


def downgrade() -> None:
    op.drop_table("log_change")
