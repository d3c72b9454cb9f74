"""What people type into the search becomes a filter, or is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput, UpstreamNotFound
from services.patients.directory import checked_id, search_filters


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  jane   smith ", "jane smith"),
        ("2/10/1996 smith", "1996-02-10 smith"),
        ("1996-02", "1996-02"),
        ('"jane smith" or -doe', '"jane smith" or -doe'),
        ("a\x00b", "a b"),
        ("", ""),
    ],
)
def test_a_search_becomes_a_filter(typed: str, sent: str) -> None:
    assert search_filters(typed) == sent


@pytest.mark.parametrize("typed", ["x" * 201, "1996-02-30", "13/40/1996", "smith 0000-01-01"])
def test_a_search_that_cannot_be_one_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        search_filters(typed)


@given(st.text())
def test_any_search_is_a_filter_or_refused(typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(search_filters(typed), str)


@pytest.mark.parametrize(
    "typed", ["", "x", "../settings", "0191b878-d0c4-7d82-8960-cb8cf9fe6c6", "é"]
)
def test_a_malformed_id_is_nobodys(typed: str) -> None:
    with pytest.raises(UpstreamNotFound):
        checked_id(typed)
