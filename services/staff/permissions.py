"""The roles of the staff, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b


class Role(StrEnum):
    """The role in which a member of the staff signed in."""

    SUPPORT = "support"
    COMPLIANCE = "compliance"
    PRODUCT = "product"
    ADMIN = "admin"


class Permission(StrEnum):
    """One act that a role allows or not; the audit event of the act has the same name."""

    PATIENTS_VIEW = "patients.view"
    PATIENTS_CREATE = "patients.create"
    PATIENTS_CORRECT = "patients.correct"
    LINKS_SEND = "links.send"
    QUERIES_START = "queries.start"
    CONSENT_RECORD = "consent.record"
    RECORDS_COUNT = "records.count"
    RECORDS_DOWNLOAD = "records.download"
    QUERIES_VIEW = "queries.view"
    OUTCOMES_VIEW = "outcomes.view"
    ADOPTION_PEOPLE = "adoption.people"
    GOALS_SET = "goals.set"
    ANNOTATE = "outcomes.annotate"
    TEST_PEOPLE = "patients.test"
    IAS_FIGURES = "ias.figures"
    IAS_AUDIT = "ias.audit"
    IAS_REVIEW = "ias.review"
    PATIENT_RIGHTS = "patients.rights"
    RETENTION_HOLD = "retention.hold"
    ACCESS_LOG = "access_log.view"
    WEBHOOKS_VIEW = "webhooks.view"
    WEBHOOKS_BODY = "webhooks.body"
    WEBHOOKS_REPLAY = "webhooks.replay"
    STAFF_SESSIONS = "staff.sessions"
    SYSTEM = "system"


_ALL = frozenset(Permission)
_GRANTS: dict[Role, frozenset[Permission]] = {
    Role.SUPPORT: frozenset(
        {
            Permission.PATIENTS_VIEW,
            Permission.PATIENTS_CREATE,
            Permission.PATIENTS_CORRECT,
            Permission.LINKS_SEND,
            Permission.CONSENT_RECORD,
            Permission.QUERIES_START,
            Permission.RECORDS_COUNT,
            Permission.QUERIES_VIEW,
            Permission.OUTCOMES_VIEW,
            Permission.ADOPTION_PEOPLE,
            Permission.ANNOTATE,
            Permission.TEST_PEOPLE,
            Permission.WEBHOOKS_VIEW,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            Permission.PATIENTS_VIEW,
            Permission.RECORDS_COUNT,
            Permission.QUERIES_VIEW,
            Permission.OUTCOMES_VIEW,
            Permission.ADOPTION_PEOPLE,
            Permission.IAS_FIGURES,
            Permission.IAS_AUDIT,
            Permission.IAS_REVIEW,
            Permission.PATIENT_RIGHTS,
            Permission.RETENTION_HOLD,
            Permission.ACCESS_LOG,
            Permission.WEBHOOKS_VIEW,
        }
    ),
    Role.PRODUCT: frozenset(
        {
            Permission.OUTCOMES_VIEW,
            Permission.GOALS_SET,
            Permission.ANNOTATE,
            Permission.IAS_FIGURES,
        }
    ),
    Role.ADMIN: _ALL,
}


@dataclass(frozen=True)
class Actor:
    """The member of the staff who acts, in one role and one staff session.

    `id` is their stable id (`staff_id` below); `name` is only shown, and two people may have the
    same. `session` is the id of the staff session's row, never the cookie's. `mandate` is the bulk
    run for which the program acts in their place: it goes on after a sign-out. `address` is where
    their browser is, for the access log. `has_choice` says that they may change to another role.
    """

    id: str
    name: str
    role: Role
    session: str
    mandate: str = ""
    address: str = ""
    has_choice: bool = False

    @property
    def tag(self) -> str:
        """What tells them, in this role, from everybody else, without saying who they are."""
        return blake2b(f"{self.role.value} {self.id}".encode(), digest_size=8).hexdigest()

    def may(self, permission: Permission) -> bool:
        """Whether the role grants `permission`."""
        return is_granted(self.role, permission)


def is_granted(role: Role, permission: Permission) -> bool:
    """Whether `role` may do what `permission` stands for."""
    return permission in _GRANTS[role]


def staff_id(issuer: str, subject: str) -> str:
    """The stable id of whom `issuer` calls `subject`; an issuer's address holds no `#`."""
    return f"{issuer}#{subject}"
