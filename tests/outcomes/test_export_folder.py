"""The folder of an export of the log: nothing of others is touched in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.errors import AccessDeskError
from services.outcomes.log_export.folder import open_folder

PLACE = "network_query/month=2026-09"


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("theirs")


def link(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/etc")


FOREIGN = {
    "a file": lambda folder: put(folder / "thesis.doc"),
    "a hidden file": lambda folder: put(folder / ".bashrc"),
    "a folder": lambda folder: put(folder / "photos" / "1.png"),
    "a file beside months": lambda folder: put(folder / "network_query" / "1.csv"),
    "a file in a month": lambda folder: put(folder / PLACE / "more.parquet"),
    "a folder that is no month": lambda folder: put(folder / "network_query/month=9" / "x"),
    "a link to a dataset": lambda folder: link(folder / "network_query"),
    "a link to a month": lambda folder: link(folder / PLACE),
    "a link to rows": lambda folder: link(folder / PLACE / "rows.parquet"),
    "a link to what is made": lambda folder: link(folder / ".making"),
    "a folder as manifest": lambda folder: put(folder / "manifest.json" / "x"),
}


@pytest.mark.parametrize("put_it", FOREIGN.values(), ids=FOREIGN)
def test_a_folder_with_something_of_others_is_refused(
    tmp_path: Path, put_it: Callable[[Path], None]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    put_it(folder)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AccessDeskError, match="not of an export"), open_folder(folder):
        pass
    assert sorted(tmp_path.rglob("*")) == before
    assert folder.stat().st_mode & 0o777 == 0o755


def test_what_a_stopped_export_left_is_removed(tmp_path: Path) -> None:
    put(tmp_path / ".making" / PLACE / "rows.parquet")
    with open_folder(tmp_path) as folder:
        assert list((tmp_path / ".making").iterdir()) == []
        folder.new_file("network_query", "2026-09").close()
        assert folder.published() == {}
    assert list(tmp_path.iterdir()) == []


def test_one_export_at_a_time(tmp_path: Path) -> None:
    with open_folder(tmp_path):
        with pytest.raises(AccessDeskError, match="Another export"), open_folder(tmp_path):
            pass
        assert (tmp_path / ".making").is_dir()
    with open_folder(tmp_path):
        pass


def test_a_month_is_replaced_or_goes(tmp_path: Path) -> None:
    def publish(months: str, *, text: bytes) -> None:
        with open_folder(tmp_path) as folder:
            for month in months.split():
                with folder.new_file("network_query", month) as file:
                    file.write(text)
            folder.publish(lambda month: month > "2026-01", {"text": text.decode()})

    publish("2026-01 2026-02 2026-03", text=b"first")
    publish("2026-03 2026-04", text=b"second")
    with open_folder(tmp_path) as folder:
        assert {name[-20:-13]: size for name, size in folder.published().items()} == {
            "2026-01": 5,
            "2026-03": 6,
            "2026-04": 6,
        }
        assert folder.read_manifest() == {"text": "second"}


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    with open_folder(tmp_path) as folder:
        assert folder.read_manifest() is None
        (tmp_path / "manifest.json").write_text("{")
        assert folder.read_manifest() is None


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(AccessDeskError, match="cannot be written"), open_folder(tmp_path / "new"):
        pass


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path / "file")
    with pytest.raises(AccessDeskError, match="cannot be written"), open_folder(tmp_path / "file"):
        pass
