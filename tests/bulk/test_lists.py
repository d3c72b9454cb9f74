"""What a list of people may look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.lists import MOST_LINES, decoded, parse_list
from services.errors import InvalidInput
from tests.bulk.desks import A, B


@pytest.mark.parametrize(
    ("text", "ids", "duplicates", "wrong"),
    [
        ("", (), 0, ()),
        (f"{A}\n{B}", (A, B), 0, ()),
        (f"\ufeff{A}\r\n\r\n  {B}  \r\n", (A, B), 0, ()),
        (f"{A}\n{A.upper()}\n{B}\n{A}", (A, B), 2, ()),
        (f"patient id\n{A}", (A,), 0, ()),
        (f"{A}\nJane Smith\n{B}\nx1", (A, B), 0, (2, 4)),
        (f"{A},Jane,Smith\n{B},Chris,Smith", (A, B), 0, ()),
        (f'"{A}";"x;y"\n{B}\tz', (A, B), 0, ()),
        (f"\x00{A}\n,,,\n\t\n", (A,), 0, ()),
        ('"', (), 0, ()),
    ],
)
def test_a_list_is_read(
    text: str, ids: tuple[str, ...], duplicates: int, wrong: tuple[int, ...]
) -> None:
    found = parse_list(text)
    assert (found.ids, found.duplicates, found.wrong) == (ids, duplicates, wrong)


def test_ten_thousand_lines_are_read_and_no_more() -> None:
    many = "\n".join(f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(MOST_LINES))
    assert len(parse_list(many).ids) == MOST_LINES
    with pytest.raises(InvalidInput):
        parse_list(many + "\nx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_spreadsheets_are_read(encoding: str) -> None:
    assert parse_list(decoded(f"Núñez\r\n{A}\r\n".encode(encoding))).ids == (A,)


@given(st.text())
def test_any_list_is_read(text: str) -> None:
    assert parse_list(text).wrong_lines >= 0


@given(st.binary())
def test_any_file_is_text(raw: bytes) -> None:
    assert isinstance(decoded(raw), str)
