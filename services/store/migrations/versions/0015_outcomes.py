"""Rollups, the steps of people, people of tests, annotations and goals."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import OutsideText, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STEPS = (
    "made_at", "opened_at", "verified_at", "consent_at", "challenged_at", "satisfied_at",
    "started_at", "completed_at", "received_at",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("log_change") as batch_op:
        batch_op.add_column(
            sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("old", sa.JSON(), nullable=True))
    with op.batch_alter_table("log_change") as batch_op:
        batch_op.alter_column("waits", server_default=None)
    op.create_index(
        "ix_log_change_waiting",
        "log_change",
        ["seq"],
        sqlite_where=sa.text("waits"),
        postgresql_where=sa.text("waits"),
    )
    op.create_table(
        "rollup",
        sa.Column("cube", sa.String(length=20), nullable=False),
        sa.Column("slice", OutsideText(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", OutsideText(length=400), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fine", sa.LargeBinary(), nullable=True),
        sa.Column("bins", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("cube", "slice", "day", "key", name=op.f("pk_rollup")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_steps",
        sa.Column("patient_id", OutsideText(length=100), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_without_consent", sa.Integer(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in _STEPS),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_person_steps")),
    )
    for column in ("step", "step_without_consent"):
        op.create_index(
            op.f(f"ix_person_steps_{column}_made_at_patient_id"),
            "person_steps",
            [column, "made_at", "patient_id"],
        )
    op.create_table(
        "test_person",
        sa.Column("patient_id", OutsideText(length=100), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        *_who("marked_by", required=True),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_test_person")),
    )
    op.create_table(
        "annotation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("text", OutsideText(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *_who("created_by", required=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        *_who("removed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_at"), "annotation", ["at"])
    op.create_table(
        "goal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("at_least", sa.Boolean(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *_who("created_by", required=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        *_who("ended_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index(
        "ix_goal_in_force",
        "goal",
        ["measure"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("goal", "annotation", "test_person", "person_steps", "rollup"):
        op.drop_table(table)
    op.drop_index("ix_log_change_waiting", "log_change")
    with op.batch_alter_table("log_change") as batch_op:
        batch_op.drop_column("old")
        batch_op.drop_column("waits")


def _who(name: str, required: bool = False) -> list[sa.Column[str]]:
    return [
        sa.Column(f"{name}_id", sa.String(length=500), nullable=not required),
        sa.Column(name, OutsideText(length=200), nullable=not required),
    ]
