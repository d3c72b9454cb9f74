"""What the setup check says of files, secrets, rooms and logs that are not as they should be."""

from pathlib import Path

import pytest

from services.bootstrap import make_ready
from services.operations.doctor import CheckStatus, Outside, examine
from services.operations.probe import ProbeAnswer
from services.settings import Settings

GIB = 1024**3


def settings_in(folder: Path, **more: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)  # type: ignore[arg-type, call-arg]


def failures(settings: Settings, port: int, free: int = 2 * GIB) -> list[str]:
    """What the check finds wrong where nothing else listens."""
    outside = Outside(
        sleep=lambda _: None,
        read_text=lambda _: ProbeAnswer(text="alive"),
        free_bytes=lambda _: free,
    )
    found = examine(settings, port, None, outside)
    return [result.what for result in found if result.status is CheckStatus.FAILED]


def test_files_that_others_may_open_are_named(tmp_path: Path, unused_port: int) -> None:
    settings = settings_in(tmp_path / "data")
    make_ready(settings)
    assert not [told for told in failures(settings, unused_port) if "chmod" in told]
    for path in (settings.data_dir, settings.secret_file, settings.data_dir / "access-desk.db"):
        path.chmod(0o744)
        assert any(told.endswith(f"chmod go= {path}") for told in failures(settings, unused_port))


def test_a_secret_that_is_not_whole_is_told(tmp_path: Path, unused_port: int) -> None:
    settings = settings_in(tmp_path)
    settings.secret_file.touch(mode=0o600)
    assert any("SECRET_KEY: " in told for told in failures(settings, unused_port))


def test_little_room_is_told(tmp_path: Path, unused_port: int) -> None:
    told = failures(settings_in(tmp_path), unused_port, free=GIB // 2)
    assert f"Only 0.5 GiB are free where the data is kept: make room at {tmp_path}." in told


def test_the_check_makes_nothing(tmp_path: Path, unused_port: int) -> None:
    settings = settings_in(tmp_path / "data")
    assert any("There is no log at" in told for told in failures(settings, unused_port))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql+psycopg://localhost:1/log", "did not answer"),
        ("sqlite:///{folder}/text", "its file is damaged"),
        ("sqlite:///{folder}/text/below.db", "There is no log at"),
        ("sqlite:///{folder}", "There is no log at"),
    ],
)
def test_a_log_that_cannot_be_used_is_told(
    tmp_path: Path, unused_port: int, url: str, message: str
) -> None:
    (tmp_path / "text").write_text("This is a text, and no database, for it is longer than a head.")
    settings = settings_in(tmp_path / "data", database_url=url.format(folder=tmp_path))
    assert any(message in told for told in failures(settings, unused_port))


def test_a_folder_that_is_none_is_told_without_a_traceback(
    tmp_path: Path, unused_port: int
) -> None:
    (tmp_path / "file").touch()
    assert failures(settings_in(tmp_path / "file" / "data"), unused_port)
