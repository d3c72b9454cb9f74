"""What was typed into the search field: words, an id, or a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput, SecretPasted
from services.pasted_ids import (
    bare,
    id_filter,
    is_secret,
    is_surely_an_id,
    link_token,
    may_be_an_id,
    refuse_secret,
    session_id,
)

UUID = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (f'  "{UUID.upper()}",\n', UUID),
        ("(pid_AbC).", "pid_AbC"),
        ("<MRN-1>", "MRN-1"),
        ("Jane Smith", "Jane Smith"),
        ("\x00", ""),
        ('"', ""),
    ],
)
def test_what_stood_around_an_id_is_left_out(typed: str, text: str) -> None:
    assert bare(typed) == text


@pytest.mark.parametrize(
    ("text", "may_be", "surely"),
    [
        (UUID, True, True),
        ("pid_1", True, True),
        ("IDS_X1", True, True),
        ("aalc_1", True, True),
        ("MRN-138235", True, False),
        ("a_b", True, False),
        ("Smith", False, False),
        ("1996", False, False),
        ("1996-02", False, False),
        ("2/10/1996", False, False),
        ("Jane 1996", False, False),
        ('"a1 b"', False, False),
        ("", False, False),
        ("a1", False, False),
        ("a" * 300 + "1", False, False),
    ],
)
def test_ids_are_told_from_names_and_birthdays(text: str, may_be: bool, surely: bool) -> None:
    assert (may_be_an_id(text), is_surely_an_id(text)) == (may_be, surely)


@pytest.mark.parametrize(
    "text",
    [
        "aal2_1",
        "AAL2_1",
        "https://us.test/ias/go/abc",
        "https://us.test/ias/return/aal2?aal2SessionId=x",
        "https://auth.ias.metriport.com/s/abc",
        "https://auth.ias.metriport.com/aal2/abc",
        "http://localhost:8501/sandbox/hosted/s/abc",
        "MPNEBND-bn13fY6omYxiRj--KprKoOdGthAChphqp9A",
    ],
)
def test_secrets_are_known_and_refused(text: str) -> None:
    assert is_secret(text)
    with pytest.raises(SecretPasted):
        refuse_secret(text)


@pytest.mark.parametrize("text", ["Smith", UUID, "aalc_1", "ids_1", "MRN-1", "O/S", "aal2"])
def test_what_is_no_secret_is_let_through(text: str) -> None:
    refuse_secret(text)


def test_the_secret_is_taken_out_of_what_stands_around_it() -> None:
    assert link_token("see https://us.test/ias/go/Ab-_1?x=1 please") == "Ab-_1"
    assert (
        session_id("https://us.test/ias/return/aal2?aal2SessionId=aal2_a-1&status=x") == "aal2_a-1"
    )
    assert link_token("nothing") is session_id("nothing") is None


@pytest.mark.parametrize("typed", ["Jane Smith 1996-02-10", "Jane", "1996-02-10"])
def test_what_is_no_id_does_not_filter(typed: str) -> None:
    with pytest.raises(InvalidInput):
        id_filter(typed)


def test_ids_filter_and_nothing_does_not() -> None:
    assert id_filter(f' "{UUID.upper()}" ') == UUID
    assert id_filter(None) is id_filter("  ") is None
    with pytest.raises(SecretPasted):
        id_filter("aal2_1")


@given(st.text())
def test_anything_can_be_typed(text: str) -> None:
    assert isinstance(may_be_an_id(bare(text)), bool)
