"""The commands that compare the rollups with the log, and count them anew."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups import verifying
from services.settings import load_settings
from services.store import Store
from services.store.opening import open_log


@click.group()
def rollups() -> None:
    """What charts read in place of the log."""


@rollups.command()
def verify() -> None:
    """Compare the rollups with the log; exit status 1, and each row that differs."""
    rows = differing = 0
    with _log() as store:
        for checked in verifying.verify(store, PeopleCounting()):
            rows += checked.rows
            differing += len(checked.differences)
            for line in checked.differences:
                click.echo(line)
    click.echo(f"{rows:,} rows compared with the log, {differing:,} differ.")
    if differing:
        sys.exit(1)


@rollups.command()
def rebuild() -> None:
    """Count the rollups anew from the log; may run while the program does."""
    corrected = days = 0
    with _log() as store:
        for checked in verifying.rebuild(store, PeopleCounting()):
            corrected += checked.rows
            days += checked.day is not None
            click.echo(f"{checked.day or 'people'}: {checked.rows:,} rows corrected", err=True)
    click.echo(f"{days:,} days and everybody counted anew, {corrected:,} rows corrected.")


@contextmanager
def _log() -> Iterator[Store]:
    settings = load_settings()
    store = open_log(settings.log_url, settings.log_setting)
    try:
        yield store
    finally:
        store.close()
