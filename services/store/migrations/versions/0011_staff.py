"""Staff have ids and sessions, and the access log is a chain.

Who stands in the log so far is invented: only the sandbox could be used. The four of its role cards
get the ids that the cards give, everybody else one made of their name. The events of the past are
taken into the chain, marked as imported.
"""

import sqlalchemy as sa
from alembic import op

import services.store.columns
from services.store.audit_chain import BEGINNING, HASHED, hash_event
from services.store.audit_guards import drop_guards, make_guards

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CARDS = {
    "Sasha Whitfield": "support",
    "Carmen Okafor": "compliance",
    "Priya Lindqvist": "product",
    "Alex Moreau": "admin",
}
_NAMED = {
    "network_query": "started_by",
    "record_request": "started_by",
    "bulk_run": "created_by",
    "identity_session": "created_by",
    "aal2_challenge": "created_by",
    "patient_link": "created_by",
    "audit_event": "actor",
}
"""The tables that name somebody, and the column of the name; the id's ends in `_id`."""

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 2000


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _name_the_past()
    _chain_the_past()
    make_guards(op.execute, op.get_bind().dialect.name)


def _make_tables() -> None:
    moment, outside = services.store.columns.UtcDateTime, services.store.columns.OutsideText
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(500), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("name", outside(200), nullable=False),
        sa.Column("email", outside(254), nullable=True),
        sa.Column("role", sa.String(20), nullable=True),
        sa.Column("granted", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("last_seen_at", moment(), nullable=False),
        sa.Column("ended_at", moment(), nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=True),
        sa.Column("revoked_at", moment(), nullable=True),
        sa.Column("address", outside(60), nullable=False),
        sa.Column("browser", outside(60), nullable=False),
        sa.Column("provider_session", outside(255), nullable=True),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    for columns in (["staff_id", "created_at"], ["ended_at", "created_at"], ["provider_session"]):
        op.create_index(f"ix_staff_session_{'_'.join(columns)}", "staff_session", columns)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("writer", outside(100), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("signature", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchor")),
    )
    op.create_index("ix_audit_anchor_seq", "audit_anchor", ["seq"])
    op.create_table(
        "audit_segment",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("first_seq", _NUMBER, nullable=False),
        sa.Column("last_seq", _NUMBER, nullable=False),
        sa.Column("first_at", moment(), nullable=False),
        sa.Column("last_at", moment(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("sealed_at", moment(), nullable=False),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("signature", sa.String(100), nullable=False),
        sa.Column("purged_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_segment")),
        sa.UniqueConstraint("first_seq", name=op.f("uq_audit_segment_first_seq")),
        sa.UniqueConstraint("last_seq", name=op.f("uq_audit_segment_last_seq")),
    )


def _add_columns() -> None:
    for table, name in _NAMED.items():
        optional = name == "started_by"
        # Added in place: SQLite would otherwise copy the whole table, and lose its indexes by
        # expressions.
        column = sa.Column(
            f"{name}_id",
            sa.String(500),
            nullable=optional,
            server_default=None if optional else "",
        )
        op.add_column(table, column)
    outside = services.store.columns.OutsideText
    op.add_column(
        "bulk_run", sa.Column("session_id", sa.String(36), nullable=False, server_default="")
    )
    for column in (
        sa.Column("session_id", sa.String(36), nullable=True),
        sa.Column("address", outside(60), nullable=True),
        sa.Column("reason", outside(60), nullable=True),
        sa.Column("ticket", outside(40), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("previous_hash", sa.String(64), nullable=False, server_default=""),
        sa.Column("hash", sa.String(64), nullable=False, server_default=""),
    ):
        op.add_column("audit_event", column)
    op.drop_index("ix_audit_event_patient_id", "audit_event")
    for name in ("actor_id", "patient_id", "action", "ticket"):
        op.create_index(f"ix_audit_event_{name}_seq", "audit_event", [name, "seq"])
    op.drop_index("ix_network_query_open", "network_query")
    is_open = sa.text("next_check_at IS NOT NULL")
    op.create_index(
        "ix_network_query_open",
        "network_query",
        ["started_by_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("audit_event", "seq", type_=sa.BigInteger(), server_default=None)


def _name_the_past() -> None:
    for table, name in _NAMED.items():
        cards = " ".join(f"WHEN '{who}' THEN 'sandbox#{role}'" for who, role in _CARDS.items())
        ids = f"CASE {name} {cards} ELSE 'sandbox#' || {name} END"
        op.execute(f"UPDATE {table} SET {name}_id = {ids} WHERE {name} IS NOT NULL")


def _chain_the_past() -> None:
    connection, previous, seq = op.get_bind(), BEGINNING, 0
    events = sa.table(
        "audit_event",
        *(sa.column(name) for name in HASHED if name not in ("at", "details", "imported")),
        sa.column("at", services.store.columns.UtcDateTime()),
        sa.column("details", sa.JSON()),
        sa.column("imported", sa.Boolean()),
        sa.column("previous_hash"),
        sa.column("hash"),
    )
    renumbered = 0
    while True:
        wanted = sa.select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(_BATCH)
        rows = connection.execute(wanted).mappings().all()
        if not rows:
            break
        for row in rows:
            # Numbers that a rolled back transaction had used up leave gaps, which mean a loss in
            # the chain: so the past is numbered anew. No new number is ahead of an old one.
            renumbered, seq = renumbered + 1, row["seq"]
            values = {**row, "seq": renumbered, "imported": True}
            own = hash_event(values, previous)
            change = {
                "seq": renumbered, "imported": True, "previous_hash": previous, "hash": own
            }  # fmt: skip
            connection.execute(sa.update(events).where(events.c.seq == seq).values(change))
            previous = own
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    connection.execute(sa.insert(head), {"id": 1, "seq": renumbered, "hash": previous})


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    drop_guards(op.execute, op.get_bind().dialect.name)
    if postgresql:
        # It stands since the first migration; the upgrade only took it from the column.
        op.execute("CREATE SEQUENCE IF NOT EXISTS audit_event_seq_seq OWNED BY audit_event.seq")
        op.execute("SELECT setval('audit_event_seq_seq', (SELECT seq + 1 FROM audit_head))")
        default = sa.text("nextval('audit_event_seq_seq')")
        op.alter_column("audit_event", "seq", type_=sa.Integer(), server_default=default)
    op.drop_index("ix_network_query_open", "network_query")
    for name in ("actor_id", "patient_id", "action", "ticket"):
        op.drop_index(f"ix_audit_event_{name}_seq", "audit_event")
    for table, name in _NAMED.items():
        op.drop_column(table, f"{name}_id")
    op.drop_column("bulk_run", "session_id")
    for name in ("session_id", "address", "reason", "ticket", "imported", "previous_hash", "hash"):
        op.drop_column("audit_event", name)
    op.create_index("ix_audit_event_patient_id", "audit_event", ["patient_id"])
    is_open = sa.text("next_check_at IS NOT NULL")
    op.create_index(
        "ix_network_query_open",
        "network_query",
        ["started_by"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    for table in ("audit_segment", "audit_anchor", "audit_head", "staff_session"):
        op.drop_table(table)
