"""The text that people agree to: a good file is read, a bad one stops the start by its name."""

import hashlib
import re
from pathlib import Path

import pytest

from services.errors import BadSettings
from services.identity.consent.texts import (
    EXAMPLE_FILE,
    MOST_CHARACTERS,
    Block,
    blocks_of,
    parse_words,
    read_words,
)

GOOD = "Version: 2026-11\n\nYou agree.\n\n- One.\n- Two.\n"


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "consent.txt"
    file.write_text(GOOD, "utf-8")
    words = read_words(file)
    assert (words.version, words.text) == ("2026-11", "You agree.\n\n- One.\n- Two.")
    assert not words.is_example
    assert words.hash == hashlib.sha256(words.text.encode()).hexdigest()


@pytest.mark.parametrize(
    "written",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.rstrip("\n"),
        GOOD + "\n\n  \n",
        GOOD.replace("agree.", "agree.  "),
        GOOD.replace("Version: ", "Version:\t"),
        GOOD.replace("\n\nYou", "\n\n\n\nYou"),
    ],
)
def test_how_an_editor_saves_it_changes_no_text(tmp_path: Path, written: str) -> None:
    file = tmp_path / "consent.txt"
    file.write_bytes(written.encode("utf-8"))
    assert read_words(file) == parse_words(GOOD)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "can be read"),
        (b"", "version"),
        (b"\n\n", "version"),
        (b"You agree.", "version"),
        (b"Version:\n\nYou agree.", "version"),
        (b"Version: <b>\n\nYou agree.", "version"),
        (b"Version: " + b"1" * 41 + b"\n\nYou agree.", "version"),
        (b" Version: 1\n\nYou agree.", "version"),
        (b"Version: 1\nYou agree.", "empty line"),
        (b"Version: 1", "a text behind"),
        (b"Version: 1\n\n \n\t\n", "a text behind"),
        (b"Version: 1\n\nYou agr\xe9e.", "UTF-8"),
        (b"Version: 1\n\nYou\x00 agree.", "control"),
        ("Version: 1\n\nYou \u202eagree.".encode(), "control"),
        (b"Version: 1\n\n" + b"x" * (MOST_CHARACTERS + 1), "at most 20,000"),
    ],
)
def test_a_bad_file_is_named_by_its_setting(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    file = tmp_path / "consent.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadSettings, match=r"^CONSENT_TEXT: ") as raised:
        read_words(file)
    assert why in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="CONSENT_TEXT"):
        read_words(tmp_path)


def test_the_longest_text() -> None:
    words = parse_words("Version: 1\n\n" + "x" * MOST_CHARACTERS)
    assert len(words.text) == MOST_CHARACTERS


def test_paragraphs_and_lists() -> None:
    text = "One\ngoes on.\n\n- a\n- b\n  goes on\n\nTwo:\n- c"
    assert list(blocks_of(text)) == [
        Block(["One goes on."]),
        Block(["a", "b goes on"], is_list=True),
        Block(["Two:"]),
        Block(["c"], is_list=True),
    ]


def test_the_shipped_text_is_an_example_in_plain_words() -> None:
    words = read_words(None)
    assert words.is_example
    assert words.version.startswith("example")
    assert EXAMPLE_FILE.is_file()
    sentences = [part for part in re.split(r"[.:]\s", words.text) if part.strip()]
    lengths = [len(sentence.split()) for sentence in sentences]
    # About the sixth grade: short sentences of short words.
    assert sum(lengths) / len(lengths) < 16
    letters = [len(word) for word in re.findall(r"[A-Za-z]+", words.text)]
    assert sum(letters) / len(letters) < 4.6
