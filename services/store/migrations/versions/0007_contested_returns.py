"""A challenge keeps every session that returns bring, and counts its different returns.

Somebody else can cause a return with an invented session id, so the first one may not be the
person's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_VISITED = ("identity_session", "aal2_challenge")


def upgrade() -> None:
    for table in _VISITED:
        op.add_column(table, sa.Column("returns", sa.Integer(), nullable=False, server_default="0"))
        op.execute(f"UPDATE {table} SET returns = 1 WHERE returned_at IS NOT NULL")
    with op.batch_alter_table("aal2_session") as batch_op:
        batch_op.drop_constraint("uq_aal2_session_challenge_id", type_="unique")
    op.create_index("ix_aal2_session_challenge_id", "aal2_session", ["challenge_id"])


def downgrade() -> None:
    op.drop_index("ix_aal2_session_challenge_id", "aal2_session")
    # The older schema holds one session of each challenge: the one that a query used, else the
    # newest.
    op.execute(
        "DELETE FROM aal2_session WHERE id NOT IN (SELECT id FROM (SELECT id, row_number() OVER ("
        "PARTITION BY challenge_id ORDER BY (used_by IS NULL), verified_at DESC, id DESC"
        ") AS position FROM aal2_session) AS ranked WHERE position = 1)"
    )
    with op.batch_alter_table("aal2_session") as batch_op:
        batch_op.create_unique_constraint("uq_aal2_session_challenge_id", ["challenge_id"])
    for table in _VISITED:
        # In place: a batch would drop the table, which SQLite refuses while sessions refer to it.
        op.drop_column(table, "returns")
