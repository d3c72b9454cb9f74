"""A file of results that a spreadsheet shows and does not calculate."""

import csv
import io

import pytest

from pages._ui.list.csv_export import csv_text
from pages._ui.panels.bulk_runs import results_csv
from services.bulk.runs import BulkResult
from services.store.tables import BulkItem
from tests.pages.evil import EVIL

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", [*EVIL, "\r=1", "\n=1", " =1", "\uff1d1", "\u200b=1", "\ufeff@x"])
def test_no_cell_begins_a_formula_and_every_text_can_be_read_again(text: str) -> None:
    (cell,) = cells(csv_text(["error"], [[text]]))[1]
    assert not cell.lstrip(" \u200b\ufeff").startswith((*FORMULAS, "\n", "\uff1d"))
    assert cell.removeprefix("'") == text


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    assert csv_text(["a", "b", "c"], [[-1, 2.5, None]]) == '"a","b","c"\n-1,2.5,""\n'


def test_a_separator_inside_a_text_begins_no_cell() -> None:
    assert csv_text(["a"], [['x";=1,=2']]) == '"a"\n"x"";=1,=2"\n'


def test_half_a_surrogate_pair_and_nul_can_be_downloaded() -> None:
    assert csv_text(["a"], [["x\ud83d\x00y"]]).encode() == '"a"\n"x?\ufffdy"\n'.encode()


def test_the_results_of_a_run_calculate_nothing() -> None:
    results = [
        BulkResult(
            BulkItem(run_id="r", patient_id=text, query_id="q", status=text, error=text), None
        )
        for text in EVIL
    ]
    rows = cells(results_csv(results))
    assert len(rows) == len(EVIL) + 1
    assert rows[0] == ["patient_id", "query_id", "request_id", "status", "submitted_at", "error"]
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULAS)]
