"""What the download button does outside of the page, when the browser asks for the file."""

import traceback
from dataclasses import replace

import pytest

from pages._ui.dialogs.file_button import made_safely
from services.desk import Desk, desk
from services.exports.formats import CSV, Format
from services.staff.exports import Export, ListedRows
from services.staff.permissions import Actor, Permission, Role
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
ROWS = Export("things", Permission.QUERIES_VIEW, ("name",), ListedRows([["Jane Smith"]]))


def made(who: Actor, form: Format = CSV) -> bytes:
    return made_safely(lambda: desk().exports.make(who, ROWS, form))


def test_the_file_is_made_when_it_is_asked_for(running_desk: Desk) -> None:
    assert made(SUPPORT) == b'"name"\n"Jane Smith"\n'


def test_a_refusal_says_why_in_the_operators_log(running_desk: Desk) -> None:
    gone = replace(SUPPORT, session="ended long ago")
    with pytest.raises(RuntimeError, match="Your sign-in has ended"):
        made(gone)


def test_a_fault_leaves_no_word_of_a_row_in_the_operators_log(running_desk: Desk) -> None:
    """Streamlit writes the whole traceback of what a button raises."""

    def fail(*_: object) -> None:
        raise ValueError("cannot write Jane Smith")

    with pytest.raises(RuntimeError) as raised:
        made(SUPPORT, Format("X", "x", "x/x", fail))
    told = "".join(traceback.format_exception(raised.value))
    assert "ValueError" in told and "Jane Smith" not in told
