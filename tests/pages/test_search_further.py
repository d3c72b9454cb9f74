"""A list whose filters match little says how far it was searched, and goes on."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.staff.permissions import Role
from tests.desk import FakeSignIn, served_desk
from tests.pages.conftest import Browser, texts
from tests.pages.lists import shown_list
from tests.sparse_log import fill_sparsely

FILTERS = {"status": "Unconfirmed", "purpose": "IAS", "to": "2021-01-01"}


@pytest.fixture(scope="module")
def sparse(
    tmp_path_factory: pytest.TempPathFactory, sign_in: FakeSignIn
) -> Iterator[tuple[Desk, str]]:
    """A program over a log in which the filters have one row together, and its id."""
    with served_desk(tmp_path_factory.mktemp("sparse"), sign_in) as desk:
        yield desk, fill_sparsely(desk.store, desk.clock())


def press(at: AppTest, label: str) -> AppTest:
    [button] = [one for one in at.button if one.label == label]
    return button.click().run()


def test_a_search_goes_further_back_until_everything_was_looked_at(
    sparse: tuple[Desk, str], sign_in: FakeSignIn
) -> None:
    at = Browser(sign_in).open(Role.SUPPORT, "queries.py", **FILTERS)
    assert not at.exception
    shown = shown_list(at, "queries")
    assert shown.keys == []
    assert "Searched back to Dec 31, 2019" in texts(at) and "more may match before it" in texts(at)
    press(at, "Search further back")
    assert shown_list(at, "queries").keys == [sparse[1]]
    assert "Searched back" not in texts(at)
    [older] = [one for one in at.button if one.label == "Older"]
    assert older.disabled
    press(at, "Newest")
    assert shown_list(at, "queries").keys == []


def test_turned_round_the_search_goes_on(sparse: tuple[Desk, str], sign_in: FakeSignIn) -> None:
    at = Browser(sign_in).open(Role.SUPPORT, "queries.py", **FILTERS, order="oldest")
    assert shown_list(at, "queries").keys == [sparse[1]]
    assert "Searched up to Jan" in texts(at) and "more may match after it" in texts(at)
    press(at, "Search further on")
    assert shown_list(at, "queries").keys == []
    assert "Searched up to" not in texts(at)
