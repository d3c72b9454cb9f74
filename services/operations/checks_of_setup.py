"""Checks of what the operator decides: sign-in, secrets, files, room, the public address."""

from collections.abc import Callable, Iterator
from pathlib import Path

from services.addresses import Addresses
from services.errors import BadSettings
from services.operations.check_result import CheckResult, failed, ok
from services.operations.disk import FreeBytes, kept_in, log_file
from services.operations.probe import ProbeAnswer
from services.private_files import database_files, is_open_to_others, read_secret
from services.settings import Settings, complaints

_GIB = 1024**3
_LEAST_FREE_GIB = 1.0


def check_setup(settings: Settings, free_bytes: FreeBytes) -> Iterator[CheckResult]:
    """What can be told from the settings and this machine alone."""
    yield from (failed(complaint) for complaint in complaints(settings))
    yield _check_sign_in(settings)
    yield _check_secret(settings)
    yield from _check_privacy(settings)
    yield from (_check_room(folder, free_bytes) for folder in kept_in(settings))


def check_public_address(
    addresses: Addresses, read_text: Callable[[str], ProbeAnswer]
) -> CheckResult:
    """Whether the public address leads here, as far as this machine can tell."""
    answer = read_text(f"{addresses.public}/healthz")
    if answer.failure:
        why = f"{addresses.public} does not answer ({answer.failure})"
        return failed(f"{why}: start the program, or correct PUBLIC_URL.")
    if answer.text == "alive":
        return ok(f"{addresses.public} leads to Access Desk.")
    return failed(f"Something else answers at {addresses.public}: correct PUBLIC_URL.")


def _check_sign_in(settings: Settings) -> CheckResult:
    if settings.has_provider:
        return ok(f"Sign-in: at {settings.oidc_issuer}.")
    if settings.sandboxed:
        return ok("Sign-in: the sandbox’s role cards.")
    return failed("Sign-in is not configured, so nobody may see real people.")


def _check_secret(settings: Settings) -> CheckResult:
    if settings.secret_key.get_secret_value():
        return ok("SECRET_KEY is set.")
    if not settings.sandboxed:
        return failed("SECRET_KEY is the generated one: set one that is kept safe.")
    try:
        # One is made at a start; this check changes nothing.
        if settings.secret_file.exists():
            read_secret(settings.secret_file)
    except (BadSettings, OSError) as error:
        return failed(f"{error}.")
    return ok("SECRET_KEY is the sandbox’s generated one.")


def _check_privacy(settings: Settings) -> Iterator[CheckResult]:
    """Whether other accounts of this machine can look into what is kept."""
    made = [settings.data_dir, settings.secret_file, settings.signing_key_file]
    files = made if settings.needs_data_dir else []
    databases = [settings.sandbox_file] if settings.sandboxed else []
    databases += [log] if (log := log_file(settings)) else []
    files += [file for database in databases for file in database_files(database)]
    try:
        open_files = [file for file in files if file.exists() and is_open_to_others(file)]
    except OSError as error:
        yield failed(f"DATA_DIR cannot be looked at ({type(error).__name__}).")
        return
    for file in open_files:
        yield failed(f"Other accounts of this machine may open {file}: run chmod go= {file}")
    if files and not open_files:
        yield ok("What is kept on this machine can be opened by this account only.")


def _check_room(folder: Path, free_bytes: FreeBytes) -> CheckResult:
    free = free_bytes(folder) / _GIB
    if free >= _LEAST_FREE_GIB:
        return ok(f"{free:,.0f} GiB are free where the data is kept.")
    return failed(f"Only {free:.1f} GiB are free where the data is kept: make room at {folder}.")
