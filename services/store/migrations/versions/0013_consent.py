"""Consents, what identities were proofed against, and what is known as a query starts."""

import sqlalchemy as sa
from alembic import op

import services.store.columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OF_IDENTITIES = ("to_capture", "verified_at", "from_session", "from_event")


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(length=100), nullable=False),
        sa.Column("version", services.store.columns.OutsideText(length=40), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("given_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("ends_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("recorded_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.String(length=500), nullable=True),
        sa.Column("recorded_by", services.store.columns.OutsideText(length=200), nullable=True),
        sa.Column("import_id", services.store.columns.OutsideText(length=100), nullable=True),
        sa.Column("link_target", sa.String(length=36), nullable=True),
        sa.Column("revoke_hash", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", services.store.columns.UtcDateTime(), nullable=True),
        sa.Column("revoked_way", sa.String(length=20), nullable=True),
        sa.Column("revoked_by_id", sa.String(length=500), nullable=True),
        sa.Column("revoked_by", services.store.columns.OutsideText(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("import_id", name=op.f("uq_consent_import_id")),
        sa.UniqueConstraint("revoke_hash", name=op.f("uq_consent_revoke_hash")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_patient_id_given_at"), ["patient_id", "given_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_consent_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_revoked_at"), ["revoked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_text_hash"), ["text_hash"], unique=False)
    op.create_table(
        "consent_text",
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("version", services.store.columns.OutsideText(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("text_hash", name=op.f("pk_consent_text")),
    )
    op.create_table(
        "proofed_demographics",
        sa.Column(
            "proofed_identity_id", services.store.columns.OutsideText(length=100), nullable=False
        ),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.String(length=16), nullable=False),
        sa.Column("captured_at", services.store.columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "proofed_identity_id", "field", name=op.f("pk_proofed_demographics")
        ),
    )
    op.create_table(
        "start_check",
        sa.Column("query_id", sa.String(length=36), nullable=False),
        sa.Column("at", services.store.columns.UtcDateTime(), nullable=False),
        sa.Column("demographics", sa.String(length=20), nullable=False),
        sa.Column("drifted", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("drift_reason", services.store.columns.OutsideText(length=60), nullable=True),
        sa.Column("consent", sa.String(length=20), nullable=False),
        sa.Column("consent_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["query_id"], ["network_query.id"], name=op.f("fk_start_check_query_id")
        ),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_start_check")),
    )
    with op.batch_alter_table("proofed_identity", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("capture_at", services.store.columns.UtcDateTime(), nullable=True)
        )
        batch_op.add_column(sa.Column("captures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index(
            "ix_proofed_identity_to_capture",
            ["capture_at"],
            unique=False,
            sqlite_where=sa.text("capture_at IS NOT NULL"),
            postgresql_where=sa.text("capture_at IS NOT NULL"),
        )
        for column in ("verified_at", "from_session", "from_event"):
            name = f"ix_proofed_identity_{column}"
            batch_op.create_index(batch_op.f(name), [column], unique=False)


def downgrade() -> None:
    for name in _OF_IDENTITIES:
        op.drop_index(f"ix_proofed_identity_{name}", "proofed_identity")
    with op.batch_alter_table("proofed_identity") as batch_op:
        batch_op.drop_column("captures")
        batch_op.drop_column("capture_at")
    for table in ("start_check", "proofed_demographics", "consent", "consent_text"):
        op.drop_table(table)
