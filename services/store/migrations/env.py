"""Alembic's entry: runs on the connection that `services.store.migrate` hands in."""

from alembic import context
from sqlmodel import SQLModel

from services.store import tables  # noqa: F401 - fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    # SQLite cannot alter most things in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
