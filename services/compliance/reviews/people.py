"""The members of the staff whom a review can name: as reviewers, and as owners of a follow-up."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from services.staff.permissions import Permission, Role, is_granted
from services.store.lists.distinct import distinct_values
from services.store.tables import StaffSession


@dataclass(frozen=True)
class KnownMember:
    """Somebody who has signed in before. Two may have the same name, so `id` tells them apart."""

    id: str
    name: str
    email: str
    is_reviewer: bool


def known_members(session: Session) -> list[KnownMember]:
    """Everybody who ever signed in, by name, as they were at their last sign-in.

    One small statement for each member: their number does not grow with the log.
    """
    ids = distinct_values(session, col(StaffSession.staff_id))
    members = [member for one in ids if (member := known_member(session, one))]
    return sorted(members, key=lambda member: (member.name.casefold(), member.id))


def known_member(session: Session, staff_id: str) -> KnownMember | None:
    """The member with this stable id; None if they never signed in."""
    newest = select(StaffSession).where(col(StaffSession.staff_id) == staff_id)
    row = session.exec(newest.order_by(col(StaffSession.created_at).desc()).limit(1)).first()
    if row is None:
        return None
    return KnownMember(row.staff_id, row.name, row.email or "", any(map(_may_review, row.granted)))


def _may_review(role: str) -> bool:
    return role in tuple(Role) and is_granted(Role(role), Permission.IAS_REVIEW)
