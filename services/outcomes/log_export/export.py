"""Writes the log as Parquet files, all of them of one moment, and notes it in the access log."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlmodel import Session

from services.clock import Clock
from services.errors import AccessDeskError
from services.outcomes.log_export.datasets import DATASETS, Dataset
from services.outcomes.log_export.folder import ExportFolder, month_of, name_of, open_folder
from services.outcomes.log_export.reading import Months, read_months
from services.staff.audit import Audit, Stranger
from services.store import Store

EXPORT = "log.export"

_VERSION = 1
"""Of the manifest and of what the datasets mean; one that differs is never mixed with another."""

_GROUP = 100_000
"""Rows of a row group: what a writer holds, and a reader skips, at once."""

_Files = dict[str, dict[str, Any]]

Tell = Callable[[str, str, int], None]
"""Is told a dataset, a month and how many rows were written to it."""


@dataclass(frozen=True)
class Exported:
    """What an export has written: rows by dataset, the files, and the moment that they show."""

    rows: Counter[str]
    files: int
    snapshot_at: datetime


class LogExport:
    """Reads the log; changes nothing but the access log and the folder."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def make(
        self, operator: Stranger, folder: Path, months: Months, tell: Tell = lambda *_: None
    ) -> Exported:
        """Write the months into the folder, in place of what an earlier export wrote of them.

        That it was made, with the number of rows, is noted before the files are put in place.
        Raises `AccessDeskError` for a folder that cannot take them, and `LogUnavailable`.
        """
        with open_folder(folder) as place:
            kept = _kept_files(place, months)
            # One snapshot: a query and its sources are of the same moment, however long it takes.
            with self._store.read() as session:
                made = _write_all(session, place, months, self._clock, tell)
            self._note(operator, months, made)
            place.publish(months.__contains__, _manifest(made, kept))
        return Exported(made.rows, len(made.files), made.snapshot_at)

    def _note(self, operator: Stranger, months: Months, made: "_Made") -> None:
        details = {
            "way": "command line",
            "since": months.first or "the beginning",
            "until": months.last or "now",
            "rows": made.rows.total(),
            "format": "Parquet",
        }
        with self._store.write() as session:
            self._audit.append(session, operator, EXPORT, details=details)


@dataclass(frozen=True)
class _Made:
    """What was written; `files` are entries of a manifest."""

    snapshot_at: datetime
    files: _Files
    rows: Counter[str]


def _write_all(
    session: Session, place: ExportFolder, months: Months, clock: Clock, tell: Tell
) -> _Made:
    # Before the first statement, which is what the transaction sees the log at: what was committed
    # by then is in the files.
    made = _Made(clock(), {}, Counter())
    for dataset in DATASETS:
        for month, rows in _write(session, place, dataset, months):
            size = place.size_of_new(dataset.name, month)
            about = {"rows": rows, "bytes": size, "snapshot_at": _moment(made.snapshot_at)}
            made.files[name_of(dataset.name, month)] = about
            made.rows[dataset.name] += rows
            tell(dataset.name, month, rows)
    return made


def _write(
    session: Session, place: ExportFolder, dataset: Dataset, months: Months
) -> Iterator[tuple[str, int]]:
    """Write the files of a dataset; answers each month, and its rows, once its file is whole."""
    read = read_months(session, dataset, months)
    for month, tables in groupby(read, key=itemgetter(0)):
        rows = 0
        with _writer(place, dataset, month) as writer:
            for group in _in_groups(table for _, table in tables):
                writer.write_table(group, row_group_size=group.num_rows)
                rows += group.num_rows
        yield month, rows


@contextmanager
def _writer(place: ExportFolder, dataset: Dataset, month: str) -> Iterator[pq.ParquetWriter]:
    with place.new_file(dataset.name, month) as file:
        with pq.ParquetWriter(file, dataset.schema, compression="zstd") as writer:
            yield writer
        file.flush()
        os.fsync(file.fileno())


def _in_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of at least `_GROUP`, the last one apart."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(part.num_rows for part in waiting) >= _GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _kept_files(place: ExportFolder, months: Months) -> _Files:
    """The files of the other months, which stay as an earlier export has written them.

    Raises `AccessDeskError` where they are not what that export says they are.
    """
    found = {name: size for name, size in place.published().items() if month_of(name) not in months}
    manifest = place.read_manifest() or {}
    kept = {
        name: about
        for name, about in manifest.get("files", {}).items()
        if month_of(name) not in months
    }
    is_same_form = all(manifest.get(name) == part for name, part in _form().items())
    sizes = {name: about["bytes"] for name, about in kept.items()}
    if found != sizes or (found and not is_same_form):
        raise AccessDeskError(
            f"{place.path} is not whole: an export of it was stopped, its files were changed, or "
            "another version of the program has written them.",
            next_step="Export all months, without --since and --until.",
        )
    return kept


def _manifest(made: _Made, kept: _Files) -> dict[str, Any]:
    files = {**kept, **made.files}
    return {
        "program": "Access Desk",
        **_form(),
        "snapshot_at": _moment(made.snapshot_at),
        "rows": sum(about["rows"] for about in files.values()),
        "files": dict(sorted(files.items())),
    }


def _form() -> dict[str, Any]:
    """What two exports must share to stand in one folder."""
    return {
        "version": _VERSION,
        "datasets": {
            dataset.name: {
                "month_of": dataset.time,
                "columns": {field.name: str(field.type) for field in dataset.schema},
            }
            for dataset in DATASETS
        },
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
