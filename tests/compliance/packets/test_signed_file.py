"""A signed file: the documented command accepts it, and refuses it after any change."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.compliance.packets.signed_file import SignedFile, canonical_json, sign_file
from services.staff.proof.signing import SigningKeys
from tests.compliance.packets.openssl import verifies
from tests.staff.proof.audited import SEEDS

KEYS = SigningKeys(SEEDS[:1])
DOCUMENT = {
    "query": "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d",
    "at": datetime(2026, 9, 14, 15, 30, tzinfo=UTC),
    "day": date(2026, 9, 14),
    "texts": ["=1+1", "\u202egnp.exe", "\x00", "\ud800", "é" * 200],
    "none": None,
}


@pytest.fixture
def signed() -> SignedFile:
    return sign_file("packet.json", DOCUMENT, KEYS)


def test_the_documented_command_accepts_it(signed: SignedFile, tmp_path: Path) -> None:
    assert list(signed.files()) == ["packet.json", "packet.json.sig", "desk.pem"]
    assert signed.command() == (
        "openssl pkeyutl -verify -pubin -inkey desk.pem -rawin"
        " -in packet.json -sigfile packet.json.sig"
    )
    assert verifies(tmp_path, signed.command(), signed.files())


@pytest.mark.parametrize("name", ["packet.json", "packet.json.sig"])
def test_one_byte_changed_is_refused(signed: SignedFile, tmp_path: Path, name: str) -> None:
    content = signed.files()[name]
    for position in range(0, len(content), max(1, len(content) // 32)):
        changed = bytearray(content)
        changed[position] ^= 1
        files = signed.files() | {name: bytes(changed)}
        assert not verifies(tmp_path, signed.command(), files), position


@pytest.mark.parametrize("name", ["packet.json", "packet.json.sig"])
def test_a_byte_more_or_less_is_refused(signed: SignedFile, tmp_path: Path, name: str) -> None:
    content = signed.files()[name]
    for other in (content[:-1], content[1:], content + b"\n", b" " + content):
        assert not verifies(tmp_path, signed.command(), signed.files() | {name: other})


def test_the_key_of_somebody_else_is_refused(signed: SignedFile, tmp_path: Path) -> None:
    other = sign_file("packet.json", DOCUMENT, SigningKeys(SEEDS[1:2]))
    files = signed.files() | {"desk.pem": other.files()["desk.pem"]}
    assert not verifies(tmp_path, signed.command(), files)


def test_the_same_document_is_the_same_file(signed: SignedFile) -> None:
    again = sign_file("packet.json", dict(reversed(DOCUMENT.items())), KEYS)
    assert again == signed
    assert signed.content.isascii() and b"\x00" not in signed.content
    read = json.loads(signed.content)
    assert read["texts"] == DOCUMENT["texts"]
    assert read["at"] == "2026-09-14T15:30:00.000000Z"
    assert read["signed_by"] == KEYS.published()[0].key_id


@pytest.mark.parametrize("value", [b"bytes", object(), {1, 2}, float("nan")])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical_json({"value": value})


def test_an_anchor_is_never_signed_as_a_file() -> None:
    with pytest.raises(ValueError, match="JSON objects"):
        KEYS.sign_file(b'["access-log head",1]')
