"""Runs the migrations that bring the log's tables to the form that this version expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from services.errors import BadSettings
from services.store.engine import errors_wrapped

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run every migration that is still missing; does nothing on a current database.

    Raises `LogUnavailable` or `LogRefused`.
    """
    # As a write transaction, so that two processes on one SQLite file migrate one after the other.
    with errors_wrapped(), engine.execution_options(writes=True).begin() as connection:
        command.upgrade(_config(connection), "head")


def is_current(engine: Engine) -> bool:
    """Whether the database stands at this version's newest migration; raises `LogUnavailable`."""
    with errors_wrapped(), engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        return revision == ScriptDirectory.from_config(_config(connection)).get_current_head()


def prepare(engine: Engine) -> None:
    """At a start: migrate a SQLite log, and only check a PostgreSQL log.

    Several machines may share PostgreSQL, some still with the version before.

    Raises `BadSettings` where the operator has to migrate first.
    """
    if engine.dialect.name == "sqlite":
        migrate(engine)
    elif not is_current(engine):
        raise BadSettings(
            "DATABASE_URL: the database is not migrated; run python -m services migrate"
        )


def _config(connection: Connection) -> Config:
    config = Config()
    # A percent sign in the folder's name would be read as the beginning of a variable.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
