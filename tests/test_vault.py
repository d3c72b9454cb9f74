"""Keys rotate, for what is encrypted."""

import pytest
from cryptography.fernet import InvalidToken

from services.vault import Vault


def test_keys_rotate() -> None:
    old, new = Vault(["old"]), Vault(["new", "old"])
    assert new.decrypt(old.encrypt(b"x")) == b"x"
    with pytest.raises(InvalidToken):
        old.decrypt(new.encrypt(b"x"))
