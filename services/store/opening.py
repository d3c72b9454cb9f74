"""Opens the log at a start; a failure names the setting that it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL

from services.errors import BadSettings, LogRefused, LogUnavailable
from services.store.engine import Store
from services.store.migrate import migrate, prepare


def open_log(url: URL, setting: str) -> Store:
    """The log, ready for use; a missing SQLite file is made, and a SQLite log is migrated.

    Raises `BadSettings`, which begins with `setting`, where it cannot be opened, does not answer,
    or has to be migrated by the operator first.
    """
    with _errors_naming(setting):
        store = Store(url)
        try:
            prepare(store.engine)
        except BaseException:
            store.close()
            raise
    return store


def migrate_log(url: URL, setting: str) -> None:
    """Run every migration that the log lacks; raises `BadSettings` as `open_log` does."""
    with _errors_naming(setting):
        store = Store(url)
        try:
            migrate(store.engine)
        finally:
            store.close()


@contextmanager
def _errors_naming(setting: str) -> Iterator[None]:
    try:
        yield
    except LogUnavailable as error:
        why = f"{setting}: {error} Check what it names, and that the database there runs"
        raise BadSettings(why) from None
    except LogRefused as error:
        raise BadSettings(f"{setting}: this is no log of Access Desk. {error}") from None
    except OSError as error:
        why = f"{setting}: the file of the log cannot be made or opened ({type(error).__name__})"
        raise BadSettings(why) from None
