"""Folders, databases and secrets are opened by the program's own account only."""

from pathlib import Path

import pytest

from services.bootstrap import make_ready
from services.errors import BadSettings, LogUnavailable
from services.private_files import make_database, make_folder, read_or_make_secret
from services.settings import Settings
from services.store import Store


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def settings_in(folder: Path, **more: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)  # type: ignore[arg-type, call-arg]


def test_what_stands_open_is_narrowed_at_a_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    make_ready(settings)
    kept_open = Store(settings.log_url)
    kept_open.ping()
    for path in (settings.data_dir, *settings.data_dir.iterdir()):
        path.chmod(0o755)
    make_ready(settings)
    kept_open.close()
    assert mode(settings.data_dir) == 0o700
    assert {mode(path) for path in settings.data_dir.iterdir()} == {0o600}


def test_a_folder_that_others_need_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "somebody-elses").touch()
    make_folder(tmp_path)
    assert mode(tmp_path) == 0o755


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    (path := tmp_path / "passwords").write_text("root:x:0:0")
    path.chmod(0o644)
    store = Store(f"sqlite:///{path}")
    with pytest.raises(LogUnavailable):
        store.ping()
    store.close()
    assert (mode(path), path.read_text()) == (0o644, "root:x:0:0")


def test_another_look_at_the_log_leaves_its_locks(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops every lock that the process holds on it."""
    store = Store(f"sqlite:///{tmp_path / 'log.db'}")
    with store.read() as session:
        session.connection().exec_driver_sql("SELECT count(*) FROM sqlite_master")
        before = _locks_of(tmp_path / "log.db")
        make_database(tmp_path / "log.db")
        other = Store(f"sqlite:///{tmp_path / 'log.db'}")
        other.ping()
        other.close()
        assert before and _locks_of(tmp_path / "log.db") == before
    store.close()


def _locks_of(path: Path) -> list[str]:
    """The locks of this process on a file, as the kernel lists them, without their numbers."""
    inode = f":{path.stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    return sorted(line.partition(":")[2] for line in lines if inode in line)


def test_a_log_elsewhere_is_private_too(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "log.db"
    store = Store(f"sqlite:///{path}")
    store.ping()
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    secret = read_or_make_secret(path)
    assert len(secret) == 64 and read_or_make_secret(path) == secret
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]
    assert mode(path) == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"half", b"a" * 31, b"\xff" * 64])
def test_a_secret_that_is_not_whole_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(BadSettings, match=r"^SECRET_KEY: .*secret\.key"):
        make_ready(settings_in(tmp_path))
    assert (tmp_path / "secret.key").read_bytes() == content


@pytest.mark.parametrize("wrong", ["a file", "below a file", "secret is a folder"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "file").touch()
    folder = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "data"}.get(wrong)
    if folder is None:
        folder = tmp_path / "data"
        (folder / "secret.key").mkdir(parents=True)
    with pytest.raises(BadSettings, match=r"^DATA_DIR: "):
        make_ready(settings_in(folder))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql+psycopg://localhost:1/log", "did not answer"),
        ("postgresql+psycopg://localhost:1/log?nonsense=1", "no log of Access Desk"),
        ("sqlite:///{folder}/text", "its file is damaged"),
        ("sqlite:///{folder}/text/below.db", "cannot be made or opened"),
        ("sqlite:///{folder}", "cannot be made or opened"),
    ],
)
def test_a_log_that_cannot_be_used_is_named(tmp_path: Path, url: str, message: str) -> None:
    (tmp_path / "text").write_text("This is a text, and no database, for it is longer than a head.")
    url = url.format(folder=tmp_path)
    with pytest.raises(BadSettings, match=f"^DATABASE_URL: .*{message}"):
        make_ready(settings_in(tmp_path / "data", database_url=url))
