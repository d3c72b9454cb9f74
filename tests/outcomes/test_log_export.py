"""The log as Parquet files: what is in them, what is not, and that they are of one moment."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from sqlmodel import select

from services.clock import utc_now
from services.errors import AccessDeskError, LogUnavailable
from services.outcomes.log_export.datasets import DATASETS
from services.outcomes.log_export.export import Exported, LogExport
from services.outcomes.log_export.reading import Months
from services.staff.audit import Audit, Stranger
from services.store import Store, tables
from services.store.migrate import migrate
from services.store.tables import AuditEvent, NetworkQuery, QuerySource, RecordRequest
from tests.clock import FakeClock
from tests.compliance.retention.life import Archive
from tests.test_commands import run

OPERATOR = Stranger("command line#root", "root (command line)")
ALL = Months()


@pytest.fixture
def archive(store: Store, clock: FakeClock) -> Archive:
    archive = Archive(store, clock)
    archive.live("young", timedelta(days=2))
    archive.live("old", timedelta(days=70))
    return archive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


def export(archive: Archive, folder: Path, months: Months = ALL, **more: Any) -> Exported:
    exports = LogExport(archive.store, archive.audit, archive.clock)
    return exports.make(OPERATOR, folder, months, **more)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def ask(folder: Path, dataset: str, columns: str) -> list[tuple[Any, ...]]:
    """Rows of a dataset, as DuckDB reads them in UTC."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        place = f"{folder}/{dataset}/*/rows.parquet"
        question = (
            f"SELECT {columns} FROM read_parquet('{place}', hive_partitioning = true) queries"
        )
        return connection.sql(f"{question} ORDER BY ALL").fetchall()


def query(number: int, at: datetime, **columns: Any) -> NetworkQuery:
    usual = {"patient_id": f"p-{number}", "purpose": "ias", "origin": "dashboard"}
    usual |= {"status": "failed", "submitted_at": at}
    return NetworkQuery(id=f"q-{number}", **usual | columns)


def test_duckdb_counts_what_the_log_holds(archive: Archive, folder: Path) -> None:
    made = export(archive, folder)
    assert ask(folder, "network_query", "month, purpose, status, id") == [
        ("2026-07", "ias", "completed", "old-query"),
        ("2026-09", "ias", "completed", "young-query"),
    ]
    sources = f"read_parquet('{folder}/query_source/*/*.parquet')"
    joined = f"(SELECT count(*) FROM {sources} source WHERE source.query_id = queries.id)"
    assert ask(folder, "network_query", joined) == [(1,), (1,)]
    for dataset in DATASETS:
        if made.rows[dataset.name]:
            assert len(ask(folder, dataset.name, "*")) == made.rows[dataset.name]
    assert {name for name, rows in made.rows.items() if rows} == {
        dataset.name for dataset in DATASETS
    } - {"test_person", "audit_event"}


def test_values_are_those_of_the_log(archive: Archive, folder: Path) -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
    archive.write(
        query(1, at, started_at=at, error_status=429, error_title="Limit of 20 for p-123456"),
        query(2, at + timedelta(microseconds=1), facility_id="Ä 🏥"),
        QuerySource(query_id="q-2", type="hie", status="failed", error_message="No 7 at a@b.org"),
        tables.PersonOfTest(patient_id="p-1", marked_at=at, marked_by_id="s", marked_by="Sam"),
        RecordRequest(
            id="r-1", patient_id="p-1", conversion_type="json", status="completed",
            submitted_at=at, counted_at=at, resource_counts={"Observation": 12, "Patient": 1},
        ),
    )  # fmt: skip
    export(archive, folder, Months("2026-01", "2026-03"))
    columns = "month, id, submitted_at, started_at, facility_id, error_status, normal_error"
    assert ask(folder, "network_query", columns) == [
        ("2026-02", "q-1", at, at, None, 429, "Limit of [n] for [id]"),
        ("2026-03", "q-2", at + timedelta(microseconds=1), None, "Ä 🏥", None, None),
    ]
    assert ask(folder, "query_source", "month, query_id, attempt, normal_error") == [
        ("2026-03", "q-2", 1, "No [n] at [address]")
    ]
    counted = ask(folder, "record_request", "resource_counts, resource_counts['Observation']")
    assert counted == [({"Observation": 12, "Patient": 1}, 12)]
    assert ask(folder, "test_person", "patient_id") == [("p-1",)]


def test_secrets_hashes_and_staff_are_not_in_the_files(archive: Archive, folder: Path) -> None:
    with archive.store.write() as session:
        archive.audit.append(
            session, OPERATOR, "x", patient_id="old-person", details={"a": "secret"}
        )
    export(archive, folder)
    written = json.dumps(
        [pq.read_table(path).to_pylist() for path in folder.rglob("*.parquet")], default=str
    )
    for word in ("secret", "print", "hash", "note", "Sam", "command line", "-ids", "-aalc"):
        assert word not in written
    assert ask(folder, "audit_event", "action, outcome, seq") == [("x", "done", 1)]
    names = {name for dataset in DATASETS for name in dataset.columns}
    assert not {name for name in names if "hash" in name or "_by" in name} - {
        "used_by",
        "sent_by_way",
    }


def test_an_empty_log(store: Store, clock: FakeClock, folder: Path) -> None:
    made = export(Archive(store, clock), folder)
    assert (made.rows.total(), made.files, files(folder)) == (0, 0, {"manifest.json"})


def test_the_manifest_names_every_file(archive: Archive, folder: Path) -> None:
    made = export(archive, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == files(folder) - {"manifest.json"}
    assert (
        manifest["rows"]
        == made.rows.total()
        == sum(about["rows"] for about in manifest["files"].values())
    )
    for name, about in manifest["files"].items():
        assert about == {
            "rows": pq.read_metadata(folder / name).num_rows,
            "bytes": (folder / name).stat().st_size,
            "snapshot_at": "2026-09-14T15:30:00Z",
        }
    for dataset in DATASETS:
        assert list(manifest["datasets"][dataset.name]["columns"]) == list(dataset.columns)
        for path in folder.glob(f"{dataset.name}/*/*"):
            schema = pq.read_schema(path)
            assert schema.names == dataset.schema.names
            assert [kind.id for kind in schema.types] == [kind.id for kind in dataset.schema.types]


def test_only_this_account_may_read_them(archive: Archive, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    export(archive, folder)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert (modes, folder.stat().st_mode & 0o777) == ({True: 0o700, False: 0o600}, 0o700)


def test_it_is_noted(archive: Archive, folder: Path) -> None:
    made = export(archive, folder, Months("2026-07"))
    with archive.store.read() as session:
        event = session.exec(select(AuditEvent)).one()
    assert (event.actor, event.action) == ("root (command line)", "log.export")
    assert event.details == {
        "way": "command line",
        "since": "2026-07",
        "until": "now",
        "rows": made.rows.total(),
        "format": "Parquet",
    }


class Unwritable(Audit):
    """An access log that takes nothing."""

    def append(self, *_event: Any, **_more: Any) -> None:
        raise LogUnavailable("The log did not answer.")


def test_what_cannot_be_noted_is_not_handed_out(archive: Archive, folder: Path) -> None:
    unwritable = Unwritable(archive.store, archive.clock, archive.audit._sessions)
    with pytest.raises(LogUnavailable):
        LogExport(archive.store, unwritable, archive.clock).make(OPERATOR, folder, ALL)
    assert list(folder.iterdir()) == []


def test_all_files_are_of_one_moment(archive: Archive, folder: Path) -> None:
    """Rows that are written while the first file is, are in none."""

    def write_more(dataset: str, month: str, _rows: int) -> None:
        if (dataset, month) == ("network_query", "2026-07"):
            archive.write(
                query(3, archive.clock()),
                QuerySource(query_id="q-3", type="hie", status="failed"),
                QuerySource(query_id="old-query", type="lab", status="failed"),
            )

    export(archive, folder, tell=write_more)
    assert ask(folder, "network_query", "id") == [("old-query",), ("young-query",)]
    assert ask(folder, "query_source", "query_id, type") == [
        ("old-query", "hie"),
        ("young-query", "hie"),
    ]
    export(archive, folder)
    assert len(ask(folder, "query_source", "query_id")) == 4


def test_months_are_written_anew_and_others_stay(archive: Archive, folder: Path) -> None:
    export(archive, folder)
    archive.write(query(4, archive.clock() - timedelta(days=70)), query(5, archive.clock()))
    archive.clock.forward(days=1)
    export(archive, folder, Months("2026-08"))
    assert ask(folder, "network_query", "id") == [("old-query",), ("q-5",), ("young-query",)]
    told = json.loads((folder / "manifest.json").read_text())["files"]
    moments = {name[-20:-13]: about["snapshot_at"][:10] for name, about in told.items()}
    assert moments == {"2026-07": "2026-09-14", "2026-09": "2026-09-15"}
    export(archive, folder, Months(None, "2026-07"))
    assert len(ask(folder, "network_query", "id")) == 4


def test_what_was_purged_goes_with_the_next_export(archive: Archive, folder: Path) -> None:
    export(archive, folder)
    archive.clock.forward(days=6 * 366 - 30)
    archive.run()
    export(archive, folder)
    assert ask(folder, "network_query", "id") == [("young-query",)]
    assert {path.name for path in (folder / "network_query").iterdir()} == {"month=2026-09"}


def break_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def break_file(folder: Path) -> None:
    (folder / "network_query/month=2026-07/rows.parquet").write_bytes(b"x")


def break_version(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 0'))


@pytest.mark.parametrize("break_it", [break_manifest, break_file, break_version])
def test_a_folder_that_is_not_whole_is_written_as_a_whole(
    archive: Archive, folder: Path, break_it: Callable[[Path], None]
) -> None:
    export(archive, folder)
    break_it(folder)
    with pytest.raises(AccessDeskError, match="not whole") as told:
        export(archive, folder, Months("2026-09"))
    assert "--since" in told.value.next_step
    export(archive, folder)
    export(archive, folder, Months("2026-09"))


def test_the_command(tmp_path: Path) -> None:
    """In a process of its own, twice into one folder."""
    (tmp_path / "data").mkdir(mode=0o700)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'access-desk.db'}")
    migrate(store.engine)
    Archive(store, FakeClock(utc_now())).live("young", timedelta(hours=3))
    command = f"python -m services export-log --to {tmp_path / 'warehouse'}"
    for _ in range(2):
        done = run(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert "           1  network_query\n" in done.stdout
        assert "noted in the access log" in done.stdout
    assert ask(tmp_path / "warehouse", "network_query", "id") == [("young-query",)]
    assert ask(tmp_path / "warehouse", "audit_event", "action") == [("log.export",)]
    wrong = run(f"{command} --since 2026-09 --until 2026-08", tmp_path)
    assert wrong.returncode == 1 and "--since is later" in wrong.stderr
