"""Files that a spreadsheet shows and does not calculate, and that can be read again as written."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from services.exports.cells import Cell
from services.exports.formats import CSV, FORMATS, XLSX, Format, describe_file, file_name
from services.exports.xlsx_file import MOST_CHARACTERS

EVIL: list[str] = json.loads((Path(__file__).parents[1] / "cases/evil_names.json").read_text())
MARKUP = "<r><t>another</t></r>"
HARD = [
    *EVIL,
    *("\r=1", "\n=1", " =1", "\uff1d1", "\u200b=1", "\ufeff@x", '"=1', "'=1", "' \"=1", "\u200f+1"),
    *("x" * 500, "a\x07b", "_x0041_", MARKUP, "", " x ", "\u202e=1\u202c", 'x";=1,=2', "#REF!"),
]
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")
NOON = datetime(2026, 9, 14, 12, 30, 15, 123456, UTC)
ABOUT = describe_file("queries", {"status": "failed"}, 2, NOON, "Sam (support)")


def written(form: Format, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    form.write(file, ABOUT, columns, rows)
    return file.getvalue()


def cells_of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def cells_of_xlsx(content: bytes, sheet: str = "Rows") -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = [[cell.value for cell in row] for row in book[sheet].iter_rows()]
    kinds = {cell.data_type for row in book[sheet].iter_rows() for cell in row}
    # "f" would be a formula, "e" an error.
    assert kinds <= {"s", "n"}
    assert not [cell for row in book[sheet].iter_rows() for cell in row if cell.hyperlink]
    return rows


@pytest.mark.parametrize("text", HARD)
def test_no_cell_of_a_csv_file_begins_a_formula_and_each_can_be_read_again(text: str) -> None:
    (cell,) = cells_of_csv(written(CSV, ["error"], [[text]]))[1]
    assert not cell.lstrip(' \u200b\ufeff\u200f"').startswith(FORMULAS)
    assert cell in (text, f"'{text}")


@pytest.mark.parametrize("text", HARD)
def test_a_text_is_a_text_in_an_excel_file(text: str) -> None:
    ((cell,),) = cells_of_xlsx(written(XLSX, ["error"], [[text]]))[1:] or [[None]]
    # Characters that XML cannot hold are written as Excel writes them, and it reads them so.
    # The library would take this one text for its own markup: it gets a blank at its end.
    expected = f"{text} " if text == MARKUP else text
    assert unescape(str(cell or "")) == expected


def test_a_text_cannot_become_markup_of_the_file() -> None:
    injected = '<r><t>x</t></is></c><c r="B2"><f>1+1</f></c><c t="inlineStr"><is><t></r>'
    content = written(XLSX, ["a", "b"], [[injected, "y"]])
    assert cells_of_xlsx(content)[1] == [f"{injected} ", "y"]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_no_file_is_left_behind(
    form: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken() -> Iterator[list[Cell]]:
        yield ["x"]
        raise RuntimeError("the log is gone")

    written(form, ["a"], [["x"]])
    with pytest.raises(RuntimeError, match="the log is gone"):
        written(form, ["a"], broken())
    assert list(tmp_path.iterdir()) == []


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    row: list[Cell] = [-1, 2.5, None, True, 0]
    names = ["a", "b", "c", "d", "e"]
    text = written(CSV, names, [row]).decode()
    assert text == '"a","b","c","d","e"\n-1,2.5,"","yes",0\n'
    assert cells_of_xlsx(written(XLSX, names, [row]))[1] == [-1, 2.5, None, "yes", 0]


def test_a_number_that_excel_would_round_is_a_text() -> None:
    large = 2**60 + 1
    assert cells_of_xlsx(written(XLSX, ["a", "b"], [[large, float("nan")]]))[1] == [
        str(large),
        "nan",
    ]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_time_is_utc_to_the_microsecond(form: Format) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))
    content = written(form, ["at_utc"], [[elsewhere], [NOON.replace(microsecond=0)]])
    rows = cells_of_csv(content) if form is CSV else cells_of_xlsx(content)
    assert rows[1:] == [["2026-09-14T12:30:15.123456Z"], ["2026-09-14T12:30:15.000000Z"]]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_half_a_surrogate_pair_and_nul_can_be_downloaded(form: Format) -> None:
    content = written(form, ["a"], [["x\ud83d\x00y"]])
    rows = cells_of_csv(content) if form is CSV else cells_of_xlsx(content)
    assert rows[1] == ["x?\ufffdy"]


def test_a_text_too_long_for_excel_says_that_it_is_cut_and_is_whole_in_the_csv_file() -> None:
    for text in ("x" * 40_000, "\U0001f600" * 20_000):
        ((cell,),) = cells_of_xlsx(written(XLSX, ["a"], [[text]]))[1:]
        assert str(cell).endswith("the CSV file has all of it)")
        assert len(str(cell).encode("utf-16-le")) // 2 <= MOST_CHARACTERS
        assert cells_of_csv(written(CSV, ["a"], [[text]]))[1] == [text]
    just_fits = "x" * MOST_CHARACTERS
    assert cells_of_xlsx(written(XLSX, ["a"], [[just_fits]]))[1] == [just_fits]


def test_an_excel_file_says_on_its_second_sheet_what_it_is() -> None:
    about = cells_of_xlsx(written(XLSX, ["a"], []), "About")
    assert dict(map(tuple, about)) == {
        "Table": "queries",
        "Filter": "status: failed",
        "Rows": "2",
        "Made at (UTC)": "2026-09-14T12:30:15Z",
        "Made by": "Sam (support)",
        "Times": "UTC, in columns that end in _utc",
    }


def test_an_excel_file_has_no_formula_and_no_link_anywhere() -> None:
    content = written(XLSX, ["a"], [[text] for text in HARD])
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        sheets = b"".join(parts.read(name) for name in names if "worksheets/sheet" in name)
    assert b"<f>" not in sheets and b"<hyperlink" not in sheets
    assert not [name for name in names if "_rels/sheet" in name or "externalLink" in name]


def test_the_name_of_a_file_is_the_table_and_the_minute() -> None:
    assert file_name("access_log", XLSX, NOON) == "access-desk-access-log-2026-09-14T1230Z.xlsx"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_rows_are_taken_one_by_one(form: Format) -> None:
    """Each row is dropped once it is written: the memory does not grow with the rows."""
    alive = 0

    class Counted(list[Cell]):
        def __init__(self) -> None:
            nonlocal alive
            super().__init__(["x" * 100])
            alive += 1
            seen.append(alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    seen: list[int] = []
    written(form, ["a"], (Counted() for _ in range(2000)))
    assert len(seen) == 2000 and max(seen) <= 3
