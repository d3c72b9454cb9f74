"""Keys rotate, for what is encrypted and for what is signed."""

from services.staff.permissions import Role
from services.staff.sign_in import COOKIE, SandboxSignIn
from services.vault import Vault


def test_keys_rotate() -> None:
    old, new = Vault(["old"]), Vault(["new", "old"])
    assert new.decrypt(old.encrypt(b"x")) == b"x"
    cookie = {COOKIE: SandboxSignIn(["old"]).cookie(Role.ADMIN)}
    both = SandboxSignIn(["new", "old"])
    assert both.actor(cookie) is not None
    assert SandboxSignIn(["new"]).actor(cookie) is None
    assert both.actor({}) is None and both.actor({COOKIE: "forged"}) is None
