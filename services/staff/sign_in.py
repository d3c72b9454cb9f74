"""Who is at the browser: in the sandbox, a role chosen on a card and kept in a signed cookie."""

from collections.abc import Mapping

from itsdangerous import BadData, URLSafeTimedSerializer

from services.staff.permissions import Actor, Role

COOKIE = "access_desk_staff"
MAX_AGE = 12 * 60 * 60
"""Seconds until a sign-in ends, also while it is in use."""

SANDBOX_STAFF = {
    Role.SUPPORT: Actor("Sasha Whitfield", Role.SUPPORT),
    Role.COMPLIANCE: Actor("Carmen Okafor", Role.COMPLIANCE),
    Role.PRODUCT: Actor("Priya Lindqvist", Role.PRODUCT),
    Role.ADMIN: Actor("Alex Moreau", Role.ADMIN),
}
"""The invented staff of the sandbox."""


class SandboxSignIn:
    """Signs the cookie of the sandbox's sign-in page, and reads it."""

    def __init__(self, secret_keys: list[str]) -> None:
        # itsdangerous signs with the last key and accepts them all.
        self._signer = URLSafeTimedSerializer(secret_keys[::-1], salt="access-desk staff")

    def cookie(self, role: Role) -> str:
        """The cookie's value for the staff member who has `role`."""
        return str(self._signer.dumps(role.value))

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """The staff member whom the cookies name; None without a cookie that is valid."""
        try:
            role = self._signer.loads(cookies.get(COOKIE, ""), max_age=MAX_AGE)
            return SANDBOX_STAFF[Role(role)]
        except (BadData, ValueError):
            # ValueError: text that cannot be signed, or a role that an earlier release had.
            return None
