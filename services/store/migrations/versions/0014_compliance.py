"""Findings, reviews, looks at records, holds, and the indexes of retention."""

import sqlalchemy as sa
from alembic import op

import services.store.columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("purpose", services.store.columns.OutsideText(length=40), nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(length=100), nullable=False),
        sa.Column("actor_id", sa.String(length=500), nullable=True),
        sa.Column("actor", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("applicable", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("assessed_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("due_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_assessment")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assessment_assessed_at_subject"),
            ["assessed_at", "subject"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_assessment_actor_id_severity_at_subject"),
            ["actor_id", "severity", "at", "subject"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_assessment_at_subject"), ["at", "subject"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_assessment_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assessment_patient_id_at"), ["patient_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assessment_purpose_severity_at_subject"),
            ["purpose", "severity", "at", "subject"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_assessment_severity_at_subject"),
            ["severity", "at", "subject"],
            unique=False,
        )
        batch_op.create_index(
            "ix_assessment_incomplete",
            ["severity", "at", "subject"],
            unique=False,
            sqlite_where=sa.text("present < applicable"),
            postgresql_where=sa.text("present < applicable"),
        )
    op.create_table(
        "assessment_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=70), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("day", "what", name=op.f("pk_assessment_day")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("found_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("gone_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("subject", "rule", name=op.f("uq_finding_subject_rule")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_rule_at_subject"), ["rule", "at", "subject"], unique=False
        )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(length=100), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", services.store.columns.OutsideText(length=60), nullable=False),
        sa.Column("ticket", services.store.columns.OutsideText(length=40), nullable=True),
        sa.Column("set_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.String(length=500), nullable=False),
        sa.Column("set_by", services.store.columns.OutsideText(length=200), nullable=False),
        sa.Column("lifted_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("lifted_by_id", sa.String(length=500), nullable=True),
        sa.Column("lifted_by", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("lifted_reason", services.store.columns.OutsideText(length=60), nullable=True),
        sa.Column("lifted_ticket", services.store.columns.OutsideText(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_hold_patient_id"), ["patient_id"], unique=False)
    op.create_table(
        "record_look",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(length=100), nullable=False),
        sa.Column("record_request_id", sa.String(length=36), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=500), nullable=False),
        sa.Column("actor", services.store.columns.OutsideText(length=200), nullable=False),
        sa.Column("reason", services.store.columns.OutsideText(length=60), nullable=False),
        sa.Column("ticket", services.store.columns.OutsideText(length=40), nullable=True),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("seen_by_id", sa.String(length=500), nullable=True),
        sa.Column("seen_by", services.store.columns.OutsideText(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_look")),
    )
    with op.batch_alter_table("record_look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_look_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_record_look_patient_id_at"), ["patient_id", "at"], unique=False
        )
        batch_op.create_index(
            "ix_record_look_unseen",
            ["at"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )
    op.create_table(
        "review_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("purpose", services.store.columns.OutsideText(length=40), nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(length=100), nullable=False),
        sa.Column("actor_id", sa.String(length=500), nullable=True),
        sa.Column("actor", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("sampled_week", sa.String(length=10), nullable=True),
        sa.Column("opened_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("assigned_id", sa.String(length=500), nullable=True),
        sa.Column("assigned", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("closed_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("subject", name=op.f("uq_review_item_subject")),
    )
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_item_assigned_id_status_severity_opened_at_id"),
            ["assigned_id", "status", "severity", "opened_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_review_item_closed_at_id"), ["closed_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_review_item_at"), ["at"], unique=False)
        batch_op.create_index(
            "ix_review_item_due_on",
            ["due_on"],
            unique=False,
            sqlite_where=sa.text("due_on IS NOT NULL"),
            postgresql_where=sa.text("due_on IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_review_item_sampled_week"), ["sampled_week"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_review_item_status_severity_opened_at_id"),
            ["status", "severity", "opened_at", "id"],
            unique=False,
        )
    op.create_table(
        "review_sample",
        sa.Column("week", sa.String(length=10), nullable=False),
        sa.Column("head_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("drawn_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_review_sample")),
    )
    op.create_table(
        "work_mark",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("key", services.store.columns.OutsideText(length=100), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_work_mark")),
    )
    op.create_table(
        "review_decision",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.String(length=500), nullable=False),
        sa.Column("reviewer", services.store.columns.OutsideText(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("owner_id", sa.String(length=500), nullable=True),
        sa.Column("owner", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_item.id"], name=op.f("fk_review_decision_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decision")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_review_decision_item_id_number")),
    )
    with op.batch_alter_table("review_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_decision_at_id"), ["at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_review_decision_reviewer_id_at"), ["reviewer_id", "at"], unique=False
        )
    _index_for_retention()


# Indexes of older tables, by which the purge finds what is old and what rests on it.
_PLAIN = (
    ("identity_session", "created_at"),
    ("aal2_challenge", "created_at"),
    ("aal2_session", "used_by"),
    ("record_request", "submitted_at"),
    ("bulk_item", "patient_id"),
)
_PARTIAL = (
    ("network_query", "identity", "proofed_identity_id", "proofed_identity_id IS NOT NULL"),
    ("network_query", "aal2_session", "aal2_session_id", "aal2_session_id IS NOT NULL"),
    ("webhook_event", "body_kept", "received_at", "body IS NOT NULL"),
)


def _index_for_retention() -> None:
    for table, column in _PLAIN:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    for table, name, column, condition in _PARTIAL:
        op.create_index(
            f"ix_{table}_{name}",
            table,
            [column],
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


_TABLES = (
    "review_decision",
    "review_item",
    "review_sample",
    "record_look",
    "legal_hold",
    "finding",
    "assessment_day",
    "assessment",
    "work_mark",
)


def downgrade() -> None:
    for table, name, *_ in (*_PLAIN, *_PARTIAL):
        op.drop_index(f"ix_{table}_{name}", table)
    for table in _TABLES:
        op.drop_table(table)
