"""Everybody who looked at a person is found by an index; so are a session's and refused events."""

import sqlalchemy as sa
from alembic import op

import services.store.columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FILTERED = ("session_id", "outcome")

_NOT_PURGED = """WHEN NOT EXISTS (SELECT 1 FROM audit_segment WHERE purged_at IS NOT NULL
AND OLD.seq BETWEEN first_seq AND last_seq)"""


def upgrade() -> None:
    for name in _FILTERED:
        op.create_index(f"ix_audit_event_{name}_seq", "audit_event", [name, "seq"])
    op.create_table(
        "audit_subject",
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("patient_id", services.store.columns.OutsideText(100), nullable=False),
        sa.PrimaryKeyConstraint("seq", "patient_id", name=op.f("pk_audit_subject")),
        sa.ForeignKeyConstraint(
            ["seq"], ["audit_event.seq"], name=op.f("fk_audit_subject_seq"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_audit_subject_patient_id_seq", "audit_subject", ["patient_id", "seq"])
    op.execute(
        "INSERT INTO audit_subject (seq, patient_id) "
        "SELECT seq, patient_id FROM audit_event WHERE patient_id <> ''"
    )
    _guard()


def _guard() -> None:
    """Have the database refuse what would hide somebody: as for the events themselves."""
    table = "audit_subject"
    if op.get_bind().dialect.name != "postgresql":
        for act, condition in (("UPDATE", ""), ("DELETE", _NOT_PURGED)):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for act, each, refuse in (
        ("UPDATE", "ROW", "refuse_change"),
        ("DELETE", "ROW", "refuse_unpurged"),
        ("TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {refuse}()"
        )


def downgrade() -> None:
    op.drop_table("audit_subject")
    for name in _FILTERED:
        op.drop_index(f"ix_audit_event_{name}_seq", "audit_event")
