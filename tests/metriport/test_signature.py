"""A webhook's signature."""

from services.metriport.signature import is_valid, sign


def test_a_signature_is_of_these_bytes_and_this_key() -> None:
    body = b"\xff\x00raw"
    assert is_valid("k", body, sign("k", body))
    for wrong in (None, "", "é", sign("k", body).upper(), sign("other", body), sign("k", b"")):
        assert not is_valid("k", body, wrong)
