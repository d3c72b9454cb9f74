"""Signing keys: the first signs, all verify, and what was changed does not."""

import pytest

from services.errors import BadSettings, NotInLog
from services.private_files import SIGNING_KEY, read_or_make_secret
from services.staff.proof.signing import Signature, SigningKeys, make_signing_key, signed_text
from tests.staff.proof.audited import SEEDS

PARTS = ["a", 1, {"b": 2, "a": "é"}]


def test_a_signature_fits_what_was_signed_only() -> None:
    keys = SigningKeys(SEEDS[:1])
    signature = keys.sign(PARTS)
    assert keys.is_valid(PARTS, signature)
    assert not keys.is_valid(["a", 2, PARTS[2]], signature)
    assert not keys.is_valid(PARTS, Signature(signature.key_id, "A" * 86))
    assert not keys.is_valid(PARTS, Signature(signature.key_id, "é"))
    assert not keys.is_valid(PARTS, Signature("unknown", signature.value))


def test_the_first_of_several_signs_and_all_verify() -> None:
    old, new = SigningKeys(SEEDS[:1]), SigningKeys([SEEDS[1], SEEDS[0]])
    assert new.is_valid(PARTS, old.sign(PARTS))
    assert not old.is_valid(PARTS, new.sign(PARTS))
    assert [key.signs for key in new.published()] == [True, False]
    assert new.published()[1].public_key == old.published()[0].public_key


def test_an_old_key_can_be_kept_as_its_public_part() -> None:
    old = SigningKeys(SEEDS[:1])
    new = SigningKeys([SEEDS[1], f"pub:{old.published()[0].public_key}"])
    assert new.is_valid(PARTS, old.sign(PARTS))
    with pytest.raises(BadSettings):
        SigningKeys([f"pub:{old.published()[0].public_key}"])


@pytest.mark.parametrize("text", ["", "short", "A" * 44, "A" * 60, "ü" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadSettings, match=r"^SIGNING_KEY: "):
        SigningKeys([text])
    with pytest.raises(BadSettings):
        SigningKeys([SEEDS[0], f"pub:{text}"])


def test_a_made_key_signs() -> None:
    keys = SigningKeys([make_signing_key()])
    assert keys.is_valid(PARTS, keys.sign(PARTS))


def test_the_signed_text_is_ascii_without_spaces_and_sorted() -> None:
    assert signed_text(PARTS) == b'["a",1,{"a":"\\u00e9","b":2}]'


def test_a_key_is_made_once_and_for_this_account_only(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("data") / "signing.key"
    made = read_or_make_secret(path, SIGNING_KEY)
    assert read_or_make_secret(path, SIGNING_KEY) == made
    assert path.stat().st_mode & 0o777 == 0o600
    SigningKeys([made])
    path.write_text(made[:20])
    with pytest.raises(BadSettings, match=r"^SIGNING_KEY: "):
        read_or_make_secret(path, SIGNING_KEY)


def test_every_key_is_published_as_pem_and_no_other() -> None:
    keys = SigningKeys(SEEDS[:2])
    pems = [keys.pem(key.key_id) for key in keys.published()]
    assert len(set(pems)) == 2
    assert all(text.startswith("-----BEGIN PUBLIC KEY-----\n") for text in pems)
    with pytest.raises(NotInLog, match="No key of SIGNING_KEY"):
        keys.pem("unknown")
