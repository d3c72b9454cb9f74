"""Ids as people paste them: with labels, marks, addresses, and characters that nobody sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput, SecretPasted
from services.pasted_ids import (
    ShortenedId,
    bare,
    id_filter,
    ids_in,
    ids_within,
    is_secret,
    link_token,
    may_be_an_id,
    session_id,
    shortened_id,
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
        f"requestId\uff1a{UUID}",
        f"/webhook?message={UUID}",
        f"/calls?call={UUID}",
        f"/bulk?run={UUID}",
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
        # A label of an id.
        ("External ID: MRN-138235", "MRN-138235"),
        ('"externalId": "MRN-138235",', "MRN-138235"),
        ("MRN: MRN-138235", "MRN-138235"),
        ("Message ID = m-1.b", "m-1.b"),
        ("DOB: 1996-02-10", "DOB: 1996-02-10"),
        ("id: Smith", "id: Smith"),
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


@pytest.mark.parametrize(
    ("pasted", "ids"),
    [
        (f"Hi, please look at request {UUID}, thanks. Jane", [UUID]),
        (f"{UUID}: {OTHER}, {UUID}", [UUID, OTHER]),
        (f"https://desk.test/patient?patient={UUID}&query={OTHER}", [UUID, OTHER]),
        (f"https%3A%2F%2Fdesk.test%2Fquery%3Fquery%3D{UUID}", [UUID]),
        (f"'{UUID}'::uuid", [UUID]),
        # A mail program broke the line.
        (f"{UUID[:9]}\n{UUID[9:]}", [UUID]),
        ("identity PID_AbC of aalc_x", ["pid_AbC", "aalc_x"]),
        (f"see {UUID} or https://desk.test/ias/go/{TOKEN}", []),
        ("Jane Smith 1996-02-10", []),
    ],
)
def test_every_id_within_a_text_is_read(pasted: str, ids: list[str]) -> None:
    assert ids_within(pasted) == ids


@pytest.mark.parametrize(
    ("pasted", "shortened"),
    [
        ("…48b7db73", ShortenedId("", "48b7db73", True)),
        ("...48B7DB73", ShortenedId("", "48b7db73", True)),
        ("019f…48b7db73", ShortenedId("019f", "48b7db73", True)),
        ("“019F...48b7db73”,", ShortenedId("019f", "48b7db73", True)),
        ("\u200b019f\u2026\u200b48b7db73", ShortenedId("019f", "48b7db73", True)),
        ("Query …48b7db73 failed", ShortenedId("", "48b7db73", True)),
        ("…deadbeef", ShortenedId("", "deadbeef", True)),
        ("aalc…AbC-_123", ShortenedId("aalc", "AbC-_123", True)),
        ("48b7db73", ShortenedId("", "48b7db73", False)),
        # May be a name.
        ("deadbeef", None),
        ("48b7db7", None),
        ("…48b7db7", None),
        ("Query 48b7db73", None),
        ("…48b7db73 and …48b7db74", None),
        (UUID, None),
        ("", None),
    ],
)
def test_a_shortened_id_is_read_as_lists_show_it(
    pasted: str, shortened: ShortenedId | None
) -> None:
    assert shortened_id(pasted) == shortened


def test_a_shortened_id_fits_what_it_is_short_for() -> None:
    assert ShortenedId("0191", UUID[-8:], True).fits(UUID)
    assert not ShortenedId("0192", UUID[-8:], True).fits(UUID)
    assert not ShortenedId("0191", OTHER[-8:], True).fits(UUID)


def test_a_social_security_number_is_no_id() -> None:
    assert not may_be_an_id("123-45-6789")
    with pytest.raises(InvalidInput):
        id_filter("123-45-6789")


def test_rows_are_not_filtered_by_a_part_of_an_id() -> None:
    with pytest.raises(InvalidInput, match="whole ids"):
        id_filter("019f…48b7db73")


@given(st.text())
def test_anything_may_be_looked_through_for_ids(pasted: str) -> None:
    assert isinstance(ids_within(pasted), list)
    short = shortened_id(pasted)
    assert short is None or len(short.ending) == 8
