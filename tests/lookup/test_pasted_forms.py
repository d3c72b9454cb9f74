"""Ids as people paste them: with labels, marks, addresses, and characters that nobody sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import SecretPasted
from services.pasted_ids import (
    bare,
    id_filter,
    ids_in,
    is_secret,
    link_token,
    may_be_an_id,
    session_id,
)

UUID = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"
OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"
TOKEN = "MPNEBND-bn13fY6omYxiRj--KprKoOdGthAChphqp9A"
INVISIBLE = ["\u200b", "\u200e", "\u2066", "\u2069", "\ufeff", "\u00ad", "\u2060", "\x00"]


@pytest.mark.parametrize(
    "pasted",
    [
        f"Request ID: {UUID}",
        f"request id {UUID}",
        f'"requestId": "{UUID}",',
        f'{{"patientId": "{UUID}"}}',
        f"requestId={UUID}",
        f"urn:uuid:{UUID.upper()}",
        f"“{UUID}”",
        f"\u2018{UUID}\u2019,",
        f"«{UUID}»",
        f"\u2022 {UUID}",
        f"- {UUID}",
        f"12. {UUID}",
        f"3) {UUID}",
        f"\u00a0{UUID}\u202f",
        UUID.replace("-", "\u2011"),
        UUID.replace("-", "\u2013"),
        UUID.replace("-", "\u2212"),
        UUID.replace("-", "\u00ad"),
        UUID.replace("-", "-\u00ad"),
        f"http://localhost:8501/query?query={UUID}",
        f"https://desk.test/patient?patient={UUID}&tab=records#top",
        f"https://api.metriport.com/medical/v1/patient/{UUID}/network/query",
    ],
)
def test_an_id_is_read_as_people_paste_it(pasted: str) -> None:
    assert bare(pasted) == UUID
    assert id_filter(pasted) == UUID
    assert ids_in(pasted) == [UUID] or "\u00ad" in pasted


@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize("place", [0, 3, 9, 20, 36])
def test_what_nobody_sees_hides_no_id(character: str, place: int) -> None:
    assert bare(UUID[:place] + character + UUID[place:]) == UUID


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("IDS_AbC1", "ids_AbC1"),
        ("PID_x-", "pid_x-"),
        ("proofedIdentityId: pid_AbC", "pid_AbC"),
        ("MRN\u2011138235", "MRN-138235"),
        ("M\u200bRN-1", "MRN-1"),
        # Which of two is meant, nobody can tell.
        (f"{UUID}: {OTHER}", f"{UUID}: {OTHER}"),
        (f"Jane {UUID} Smith", f"Jane {UUID} Smith"),
        # Names are words, with the characters that their script needs.
        ("Redfern\u2011Ib", "Redfern\u2011Ib"),
        ("नम\u200dस्ते", "नम\u200dस्ते"),
        ("“Jane Smith”", "Jane Smith"),
        ("…48b7db73", "…48b7db73"),
    ],
)
def test_other_texts_keep_what_they_say(pasted: str, text: str) -> None:
    assert bare(pasted) == text


@pytest.mark.parametrize(
    "pasted",
    [
        f"aal2SessionId: aal2_{UUID}",
        f"https://desk.test/ias/return/aal2?aal2SessionId={UUID}",
        f"https://desk.test/hosted/s/{UUID}",
        f"link: https://desk.test/ias/go/{TOKEN}",
        f"\u200b“{TOKEN}”",
        TOKEN[:9] + "\u00ad" + TOKEN[9:],
        "aal\u200b2_abc",
    ],
)
def test_no_id_is_taken_out_of_a_secret(pasted: str) -> None:
    assert is_secret(bare(pasted)) and ids_in(pasted) == []
    with pytest.raises(SecretPasted):
        id_filter(pasted)


def test_a_secret_is_found_behind_what_nobody_sees() -> None:
    assert link_token(bare(f"\u200b“{TOKEN}”")) == TOKEN
    assert session_id("aal2_a\u200bb") == "aal2_ab"


@given(st.text(), st.text())
def test_an_id_comes_out_once_or_as_it_stood(before: str, after: str) -> None:
    text = bare(before + UUID + after)
    assert text == UUID or len(text) >= len(UUID)
    assert isinstance(may_be_an_id(text), bool)
    assert bare(text) == text or not is_secret(text)


@given(st.text())
def test_reading_twice_reads_the_same(pasted: str) -> None:
    once = bare(pasted)
    assert bare(bare(once)) == bare(once)
