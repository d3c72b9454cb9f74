"""What is taken of a pasted list, and that whatever is left out is counted and named."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.lists import MOST_LINES, BulkList, parse_list
from services.errors import InvalidInput

A, B, C, D, E, F = (f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(6))


def test_six_ids_on_one_line_are_six_people() -> None:
    assert parse_list(", ".join([A, B, C, D, E, F])).ids == (A, B, C, D, E, F)


@pytest.mark.parametrize(
    "text",
    [
        f"{A};{B};{C}",
        f"{A}\t{B}\t{C}",
        f'["{A}", "{B}", "{C}"]',
        f'[\n  "{A}",\n  "{B}",\n  "{C}"\n]',
        f"{A},{B}\n\n{C}\n",
        f"Patient ID: {A}\nurn:uuid:{B}\n- {C}",
        f'"patientId": "{A}",\n"patientId": "{B}",\n"patientId": "{C}"',
        f"“{A}”\n\u200b{B}\u200b\n{C.replace('-', chr(0x2011))}",
        f"\n\npatient id\n{A}\n{B}\n{C}",
    ],
)
def test_ids_are_taken_as_people_paste_them(text: str) -> None:
    found = parse_list(text)
    assert (found.ids, found.wrong_lines, found.left_out) == ((A, B, C), 0, 0)


def test_a_note_over_several_lines_is_one_row_of_one_person() -> None:
    text = f'{A},"duplicate of\n{B}\nnot to be queried"\nnobody 1\n{C}'
    assert parse_list(text) == BulkList(
        ids=(A, C), duplicates=0, wrong=(4,), wrong_lines=1, left_out=1, left_out_ids=(B,)
    )


@pytest.mark.parametrize("after", ["", " ", " .", "x"])
def test_a_note_that_does_not_end_as_csv_has_it_is_still_a_note(after: str) -> None:
    assert parse_list(f'{A},"see\n{B}"{after}\n{C}').ids == (A, C)


def test_a_quote_that_never_closes_swallows_nobody() -> None:
    found = parse_list(f'{A}\n"{B}\n{C}\n{D}')
    assert found.ids == (A, B, C, D)


def test_of_a_table_with_a_heading_the_first_column_counts() -> None:
    found = parse_list(f"patient,facility\n{A},{D}\n{B},{D}\n")
    assert (found.ids, found.heading) == ((A, B), True)
    assert (found.left_out, found.left_out_ids) == (1, (D,))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{A} {B}", BulkList((), 0, (1,), 1, left_out=2, left_out_ids=(A, B))),
        (f"{A},Jane,{B}", BulkList((A,), 0, (), 0, left_out=1, left_out_ids=(B,))),
        (f"{A}\nJane,{B}", BulkList((A,), 0, (2,), 1, left_out=1, left_out_ids=(B,))),
        (f"{A}\n,Jane", BulkList((A,), 0, (2,), 1)),
        (f"{A},{A}\n{B}\n{A}", BulkList((A, B), 2, (), 0, repeated=(1, 3))),
        (f"{A},see {B}\n{B}", BulkList((A, B), 0, (), 0)),
        ("Jane Smith", BulkList((), 0, (), 0, heading=True)),
    ],
)
def test_what_is_left_out_is_counted_and_named(text: str, found: BulkList) -> None:
    assert parse_list(text) == found


def test_a_secret_is_not_named() -> None:
    found = parse_list(f"{A}\nhttps://desk.test/hosted/s/{B}\naal2_{C}")
    assert (found.ids, found.wrong, found.left_out_ids) == ((A,), (2, 3), ())


def test_ten_thousand_people_on_fewer_lines_are_no_more_either() -> None:
    ids = [f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(MOST_LINES)]
    pairs = [",".join(ids[at : at + 2]) for at in range(0, MOST_LINES, 2)]
    assert len(parse_list("\n".join(pairs)).ids) == MOST_LINES
    with pytest.raises(InvalidInput, match="people"):
        parse_list("\n".join([*pairs, F.replace("0191", "0192")]))


def test_ten_thousand_quotes_that_never_close_are_read_in_time() -> None:
    found = parse_list(f"{A}\n" + '"""\n' * (MOST_LINES - 1))
    assert found.ids == (A,)


ids = st.uuids().map(str)
cells = st.one_of(ids, st.text(max_size=12), st.just(""))


@given(rows=st.lists(st.lists(cells, max_size=4), max_size=12), mark=st.sampled_from(",;\t"))
def test_no_id_alone_in_a_cell_vanishes(rows: list[list[str]], mark: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows(rows)
    found = parse_list(text.getvalue())
    alone = {cell for row in rows for cell in row if len(cell) == 36 and cell.count("-") == 4}
    assert alone <= {*found.ids, *found.left_out_ids}


@given(st.text(alphabet=f'{A}",;\t\n \u200b', max_size=400))
def test_every_list_is_read(text: str) -> None:
    found = parse_list(text)
    assert len(set(found.ids)) == len(found.ids)
    assert found.wrong_lines <= len(text.splitlines())
