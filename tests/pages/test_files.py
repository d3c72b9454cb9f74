"""The files of pages: made for one press, and forgotten soon after."""

import pytest
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from pages import _files
from pages._files import OwnedFiles
from tests.waiting import until


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> OwnedFiles:
    """A store of files that forgets within a moment."""
    monkeypatch.setattr(_files, "KEPT_SECONDS", 0.3)
    return OwnedFiles(MemoryMediaFileStorage("/media"))


def make(files: OwnedFiles, content: bytes) -> str:
    """The id of a file that somebody's press has made."""
    offered = files.add_deferred(lambda: content, "application/json", "1.2", "x.json")
    return files.execute_deferred(offered).rpartition("/")[2].partition(".")[0]


def test_a_file_is_forgotten_once_it_can_have_been_fetched(files: OwnedFiles) -> None:
    made = make(files, b"records")
    assert files.read_file(made) is not None
    until(lambda: files.read_file(made) is None)
    assert files.of_file(made) == frozenset()


def test_a_press_that_makes_it_anew_gives_it_its_time_anew(
    files: OwnedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(files, b"records")
    monkeypatch.setattr(_files, "KEPT_SECONDS", 60.0)
    assert make(files, b"records") == made
    other = make_soon_gone(files, monkeypatch)
    until(lambda: files.read_file(other) is None)
    assert files.read_file(made) is not None


def make_soon_gone(files: OwnedFiles, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(_files, "KEPT_SECONDS", 0.4)
    return make(files, b"others")
