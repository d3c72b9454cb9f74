"""The commands that make evidence packets and period reports, noted as made at the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from services.clock import utc_now
from services.compliance.evidence.config import EvidenceConfig
from services.compliance.packets.packets import EvidencePackets, PacketForm, packet_name
from services.compliance.packets.program import this_program
from services.compliance.reports.period_reports import PeriodReports, ReportForm, report_name
from services.errors import AccessDeskError
from services.settings import Settings, load_settings
from services.staff.audit import Audit
from services.staff.operators import operator
from services.staff.proof.anchors import Anchors, writer_name
from services.staff.proof.signing import SigningKeys
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.store import Store
from services.store.opening import open_log
from services.vault import Vault

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--query", "query_id", required=True, help="The id of the query in the log.")
@click.option("--out", type=_FILE, help="The file, which ends in .zip or .pdf.")
def evidence(query_id: str, out: Path | None) -> None:
    """Make the evidence packet of a query: the signed document, and the PDF."""
    out = _new_file(out or Path(packet_name(query_id, PacketForm.ZIP)))
    form = PacketForm(_ending(out, tuple(PacketForm)))
    settings = load_settings()
    with _log_of(settings) as store:
        made = _packets(settings, store).make_for_operator(operator(), query_id, form)
    _write(out, made)


@click.command()
@click.option("--from", "since", type=_DAY, required=True, help="The first day (UTC).")
@click.option("--to", "until", type=_DAY, required=True, help="The last day (UTC).")
@click.option("--out", type=_FILE, help="The file.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ReportForm]),
    help="Without it the end of the file's name decides, and then pdf.",
)
def report(since: datetime, until: datetime, out: Path | None, form: str | None) -> None:
    """Make the compliance report of a period."""
    first, last = since.date(), until.date()
    chosen = ReportForm(form or (_ending(out, tuple(ReportForm)) if out else ReportForm.PDF))
    out = _new_file(out or Path(report_name(first, last, chosen)))
    settings = load_settings()
    with _log_of(settings) as store:
        made = _reports(settings, store).make_for_operator(operator(), first, last, chosen)
    _write(out, made)


def _packets(settings: Settings, store: Store) -> EvidencePackets:
    keys = SigningKeys(settings.signing_keys())
    return EvidencePackets(
        store,
        _audit_of(settings, store),
        Anchors(store, utc_now, keys, writer_name(utc_now())),
        keys,
        Vault(settings.secret_keys()),
        EvidenceConfig(settings.consent, settings.aal2_max_age, settings.aal2_max_idle),
        this_program(settings),
        utc_now,
    )


def _reports(settings: Settings, store: Store) -> PeriodReports:
    keys = SigningKeys(settings.signing_keys())
    audit, program = _audit_of(settings, store), this_program(settings)
    return PeriodReports(store, audit, keys, program, utc_now)


def _audit_of(settings: Settings, store: Store) -> Audit:
    limits = SessionLimits(settings.session_max_age, settings.session_max_idle)
    return Audit(store, utc_now, StaffSessions(store, utc_now, limits))


@contextmanager
def _log_of(settings: Settings) -> Iterator[Store]:
    store = open_log(settings.log_url, settings.log_setting)
    try:
        yield store
    finally:
        store.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _new_file(out: Path) -> Path:
    """The file, before anything is made or noted; raises where it cannot be one."""
    if out.exists():
        raise AccessDeskError(f"{out} exists already.", next_step="Choose another file with --out.")
    if not out.resolve().parent.is_dir():
        raise AccessDeskError(f"{out}: there is no such folder.")
    return out


def _ending(out: Path, forms: tuple[str, ...]) -> str:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in forms:
        names = " or ".join(f".{form}" for form in forms)
        raise AccessDeskError(f"{out} must end in {names}.")
    return ending


def _write(out: Path, content: bytes) -> None:
    """Write the file, which only this account may read: it is about people's health."""
    try:
        with open(out, "xb", opener=_private) as file:
            file.write(content)
    except OSError as error:
        raise AccessDeskError(f"{out} cannot be written: {error.strerror}.") from None
    click.echo(f"{out}: {len(content):,} bytes. That it was made is noted in the access log.")
