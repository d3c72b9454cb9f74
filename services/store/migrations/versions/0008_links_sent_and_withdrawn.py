"""A link is sent when somebody says how, not when it is made; and it can be withdrawn."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_VISITED = ("identity_session", "aal2_challenge")


def upgrade() -> None:
    op.add_column("patient_link", sa.Column("sent_at", UtcDateTime(), nullable=True))
    op.add_column("patient_link", sa.Column("sent_by_way", sa.String(20), nullable=True))
    # Until now the making of a link was taken for its sending.
    op.execute("UPDATE patient_link SET sent_at = created_at")
    for table in ("patient_link", *_VISITED):
        op.add_column(table, sa.Column("withdrawn_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("patient_link", *_VISITED):
        # In place: a batch would drop the table, which SQLite refuses while others refer to it.
        op.drop_column(table, "withdrawn_at")
    for name in ("sent_by_way", "sent_at"):
        op.drop_column("patient_link", name)
