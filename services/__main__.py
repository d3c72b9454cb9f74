"""The command line: `python -m services --help`."""

import sys

import click

from services.addresses import Addresses
from services.errors import AccessDeskError
from services.operations.doctor import CheckStatus, Outside, examine
from services.settings import load_settings, read_settings
from services.store.opening import migrate_log


@click.group()
def main() -> None:
    """Access Desk, apart from its pages."""


@main.command()
def migrate() -> None:
    """Bring the log's tables to the form that this version expects."""
    settings = load_settings()
    migrate_log(settings.log_url, settings.log_setting)
    click.echo("The log is up to date.")


@main.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where the program listens; without it the setting PORT counts.",
)
@click.pass_obj
def doctor(outside: Outside | None, port: int | None) -> None:
    """Print the addresses that Metriport must know, and check them."""
    settings = read_settings()
    port = port or settings.port
    addresses = Addresses(settings.public_address(port))
    click.echo("Redirect URLs for the account's allowlist, each exactly as it stands:")
    for url in addresses.redirects.values():
        click.echo(f"  {url}")
    click.echo(f"Webhook URL:\n  {addresses.webhook}\n")
    results = []
    for result in examine(settings, port, outside=outside):
        results.append(result)
        click.echo(f"{result.status.value:8} {result.what}")
    if any(result.status is CheckStatus.FAILED for result in results):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except AccessDeskError as error:
        sys.exit(f"{error} {error.next_step}".strip())
