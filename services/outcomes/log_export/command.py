"""The command that exports the log, noted as made at the command line."""

from datetime import datetime
from pathlib import Path

import click

from services.clock import utc_now
from services.errors import AccessDeskError
from services.outcomes.log_export.export import LogExport
from services.outcomes.log_export.reading import Months
from services.settings import load_settings
from services.staff.audit import Audit
from services.staff.operators import operator
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.store.opening import open_log

_MONTH = click.DateTime(["%Y-%m"])


@click.command("export-log")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder: a new one, an empty one, or that of an earlier export.",
)
@click.option("--since", type=_MONTH, help="The first month (UTC) to write, as 2026-09.")
@click.option("--until", type=_MONTH, help="The last month (UTC) to write.")
def export_log(folder: Path, since: datetime | None, until: datetime | None) -> None:
    """Write the log as Parquet files, a file for each table and month, for a warehouse.

    The months are written anew as a whole; with --since and --until the others stay as they are.
    """
    if since and until and since > until:
        raise AccessDeskError("--since is later than --until.")
    months = Months(_month(since), _month(until))
    settings = load_settings()
    store = open_log(settings.log_url, settings.log_setting)
    try:
        limits = SessionLimits(settings.session_max_age, settings.session_max_idle)
        audit = Audit(store, utc_now, StaffSessions(store, utc_now, limits))
        made = LogExport(store, audit, utc_now).make(operator(), folder, months, _tell)
    finally:
        store.close()
    for name, rows in sorted(made.rows.items()):
        click.echo(f"{rows:12,}  {name}")
    click.echo(
        f"{folder}: {made.rows.total():,} rows in {made.files:,} files, as the log was at "
        f"{made.snapshot_at:%Y-%m-%d %H:%M:%S} UTC. That it was made is noted in the access log."
    )


def _month(day: datetime | None) -> str | None:
    return f"{day:%Y-%m}" if day else None


def _tell(dataset: str, month: str, rows: int) -> None:
    click.echo(f"{dataset} {month}: {rows:,} rows", err=True)
