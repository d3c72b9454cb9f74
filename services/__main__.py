"""The command line: `python -m services --help`."""

import sys

import click

from services.errors import AccessDeskError
from services.settings import load_settings
from services.store import Store
from services.store.migrate import migrate as run_migrations


@click.group()
def main() -> None:
    """Access Desk, apart from its pages."""


@main.command()
def migrate() -> None:
    """Bring the log's tables to the form that this version expects."""
    store = Store(load_settings().log_url)
    run_migrations(store.engine)
    store.close()
    click.echo("The log is up to date.")


if __name__ == "__main__":
    try:
        main()
    except AccessDeskError as error:
        sys.exit(f"{error} {error.next_step}")
