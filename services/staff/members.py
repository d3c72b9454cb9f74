"""Members of the staff as a provider names them, and the invented ones of the sandbox."""

from dataclasses import dataclass

from services.staff.permissions import Role, staff_id

SANDBOX_ISSUER = "sandbox"
"""Stands in place of a provider's address for the staff of the sandbox."""


@dataclass(frozen=True)
class StaffMember:
    """Who somebody is: `subject` is their id at the provider `issuer`, and never changes."""

    issuer: str
    subject: str
    name: str
    email: str = ""

    @property
    def id(self) -> str:
        """The stable id by which rows name them."""
        return staff_id(self.issuer, self.subject)


def sandbox_member(name: str, subject: str) -> StaffMember:
    """An invented member of the staff."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    return StaffMember(SANDBOX_ISSUER, subject, name, email)


SANDBOX_STAFF = {
    Role.SUPPORT: sandbox_member("Sasha Whitfield", "support"),
    Role.COMPLIANCE: sandbox_member("Carmen Okafor", "compliance"),
    Role.PRODUCT: sandbox_member("Priya Lindqvist", "product"),
    Role.ADMIN: sandbox_member("Alex Moreau", "admin"),
}
"""Who signs in by which card of the sandbox's sign-in page."""

COLLEAGUES = (
    sandbox_member("Devon Akers", "Devon Akers"),
    sandbox_member("Mina Castellanos", "Mina Castellanos"),
)
"""They have no card, and did some of what the sandbox's past holds."""
