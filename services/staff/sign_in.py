"""Who is at the browser. In the sandbox: one card per role, remembered by a signed cookie."""

from collections.abc import Mapping

from itsdangerous import BadSignature, URLSafeTimedSerializer

from services.staff.permissions import Actor, Role

COOKIE = "access_desk_staff"
MAX_AGE = 12 * 60 * 60
"""Seconds until a sign-in ends, however busy it is."""

SANDBOX_STAFF = {
    Role.SUPPORT: Actor("Sasha Whitfield", Role.SUPPORT),
    Role.COMPLIANCE: Actor("Carmen Okafor", Role.COMPLIANCE),
    Role.PRODUCT: Actor("Priya Lindqvist", Role.PRODUCT),
    Role.ADMIN: Actor("Alex Moreau", Role.ADMIN),
}
"""The invented staff of the sandbox."""


class SandboxSignIn:
    """Signs and reads the cookie of the sandbox's sign-in page."""

    def __init__(self, secret_keys: list[str]) -> None:
        # itsdangerous signs with the last key and accepts them all.
        self._signer = URLSafeTimedSerializer(secret_keys[::-1], salt="access-desk staff")

    def cookie(self, role: Role) -> str:
        """The cookie's value for the staff member who has `role`."""
        return str(self._signer.dumps(role.value))

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """Who the cookies say it is; None for none, a forged or an old one."""
        try:
            role = self._signer.loads(cookies.get(COOKIE, ""), max_age=MAX_AGE)
        except BadSignature:
            return None
        return SANDBOX_STAFF[Role(role)]
