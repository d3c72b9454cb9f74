"""The command line: `python -m services --help`."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click

from services.addresses import Addresses
from services.clock import utc_now
from services.compliance.commands import evidence, report
from services.compliance.keeping import keeps_of, segments_held
from services.compliance.retention.purge import Purge
from services.errors import AccessDeskError
from services.operations.doctor import CheckStatus, Outside, examine
from services.outcomes.commands import rollups
from services.outcomes.log_export.command import export_log
from services.settings import Settings, load_settings, read_settings
from services.staff.audit import Audit
from services.staff.proof.anchors import Anchors, read_head_line, writer_name
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys, make_signing_key
from services.staff.proof.verification import Progress, Verdict, verify_log
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.store import Store
from services.store.opening import migrate_log, open_log

_SHOWN_EVERY = 50_000
"""Events between two lines of progress."""


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
    """Print the addresses that Metriport and the sign-in provider must know, and check them."""
    settings = read_settings()
    port = port or settings.port
    addresses = Addresses(settings.public_address(port))
    click.echo("Redirect URLs for the account's allowlist, each exactly as it stands:")
    for url in addresses.redirects.values():
        click.echo(f"  {url}")
    click.echo(f"Webhook URL:\n  {addresses.webhook}\n")
    if settings.has_provider:
        click.echo("For the client at the sign-in provider:")
        click.echo(f"  redirect URL              {addresses.sign_in_return}")
        click.echo(f"  URL after a sign-out      {addresses.signed_out}")
        click.echo(f"  back-channel logout URL   {addresses.back_channel_logout}\n")
    results = []
    for result in examine(settings, port, outside=outside):
        results.append(result)
        click.echo(f"{result.status.value:8} {result.what}")
    if any(result.status is CheckStatus.FAILED for result in results):
        sys.exit(1)


@main.command("make-signing-key")
def make_key() -> None:
    """Print a new key for the setting SIGNING_KEY; whoever has it can sign as this program."""
    click.echo(make_signing_key())


@main.command("signing-keys")
@click.option("--pem", is_flag=True, help="The key that signs now, as a PEM file for OpenSSL.")
@click.option("--key", "key_id", help="With --pem: the key of this id instead.")
def list_keys(pem: bool, key_id: str | None) -> None:
    """Print the id and the public part of every signing key, to be published."""
    keys = SigningKeys(load_settings().signing_keys())
    published = keys.published()
    if pem or key_id:
        click.echo(keys.pem(key_id or published[0].key_id), nl=False)
        return
    for key in published:
        click.echo(f"{key.key_id} {key.public_key} {'signs' if key.signs else 'verifies'}")


@main.command("audit-head")
def audit_head() -> None:
    """Print the signed head of the access log in one line, to be written down elsewhere."""
    settings, now = load_settings(), utc_now()
    with _log_of(settings) as store:
        anchors = Anchors(store, utc_now, _keys_of(settings), writer_name(now))
        click.echo(anchors.read().line())


@main.command("verify-audit")
@click.option("--against", multiple=True, help="A line of audit-head that was written down.")
def verify_audit(against: tuple[str, ...]) -> None:
    """Verify the whole access log; exit status 1, and the first event that does not fit."""
    settings = load_settings()
    heads = [read_head_line(line) for line in against]
    with _log_of(settings) as store:
        for step in verify_log(store, _keys_of(settings), heads):
            _show(step)
            if isinstance(step, Verdict) and not step.is_whole:
                sys.exit(1)


@main.command("purge-audit")
def purge_audit() -> None:
    """Seal the closed months, and purge what is older than RETENTION_LOG."""
    settings = load_settings()
    with _log_of(settings) as store:
        audit, keys, keeps = _audit_of(settings, store), _keys_of(settings), keeps_of(settings)
        is_held = segments_held(utc_now, keeps)
        segments = Segments(store, utc_now, audit, keys, keeps.log, is_held)
        sealed = sum(iter(segments.seal, 0))
        purged = sum(iter(segments.purge, 0))
    click.echo(f"Sealed segments: {sealed:,}. Purged events: {purged:,}.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Say what would be purged, and change nothing.")
def purge(dry_run: bool) -> None:
    """Purge what is older than RETENTION_LOG and RETENTION_WEBHOOK_BODIES, but for legal holds.

    The access log has a purge of its own: purge-audit.
    """
    settings = load_settings()
    with _log_of(settings) as store:
        purging = Purge(store, _audit_of(settings, store), utc_now, keeps_of(settings))
        rows = purging.preview() if dry_run else sum(purging.run(), Counter[str]())
    for name, number in sorted(rows.items()):
        click.echo(f"{number:12,}  {name}")
    done = "would be purged" if dry_run else "purged"
    click.echo(f"{rows.total():,} rows {done}." if rows else "Nothing is old enough.")


main.add_command(evidence)
main.add_command(report)
main.add_command(rollups)
main.add_command(export_log)


def _audit_of(settings: Settings, store: Store) -> Audit:
    limits = SessionLimits(settings.session_max_age, settings.session_max_idle)
    return Audit(store, utc_now, StaffSessions(store, utc_now, limits))


def _keys_of(settings: Settings) -> SigningKeys:
    return SigningKeys(settings.signing_keys())


@contextmanager
def _log_of(settings: Settings) -> Iterator[Store]:
    store = open_log(settings.log_url, settings.log_setting)
    try:
        yield store
    finally:
        store.close()


def _show(step: Progress | Verdict) -> None:
    if isinstance(step, Verdict):
        click.echo(step.sentence)
    elif step.done % _SHOWN_EVERY == 0 or step.done == step.total:
        click.echo(f"{step.done:,} of {step.total:,} events verified", err=True)


if __name__ == "__main__":
    try:
        main()
    except AccessDeskError as error:
        sys.exit(f"{error} {error.next_step}".strip())
