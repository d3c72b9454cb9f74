"""Ids are found by the last eight characters, which are what lists show of them.

SQLAlchemy does not read indexes by an expression back from SQLite: a later migration that changes
one of these tables in a batch has to make them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("network_query", "id"),
    ("network_query", "request_id"),
    ("network_query", "patient_id"),
    ("webhook_event", "id"),
    ("webhook_event", "request_id"),
    ("webhook_event", "patient_id"),
    ("upstream_call", "id"),
)


def upgrade() -> None:
    for table, column in _COLUMNS:
        ending = sa.text(f"substr({column}, length({column}) - 7)")
        op.create_index(f"ix_{table}_{column}_ending", table, [ending, column])


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.drop_index(f"ix_{table}_{column}_ending", table)
