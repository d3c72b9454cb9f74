"""Members of the staff who act in tests, each in a staff session of their own."""

from datetime import datetime

from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Actor, Role
from services.staff.sign_in.sessions import StaffSessions
from services.store import Store
from services.store.tables import StaffSession


def make_actor(name: str, role: Role) -> Actor:
    """Somebody of that name, who is signed in wherever `AlwaysSignedIn` answers for it."""
    return Actor(f"test#{name}", name, role, f"session-{name}"[:36])


STAFF = {
    role: Actor(member.id, member.name, role, f"session-{role.value}")
    for role, member in SANDBOX_STAFF.items()
}
"""The staff of the sandbox, in sessions that `open_sessions` makes."""


class AlwaysSignedIn(StaffSessions):
    """Staff sessions that nobody has to begin; only those in `over` have ended."""

    def __init__(self) -> None:
        """Read no log."""
        self.over: set[str] = set()

    def may_act(self, actor: Actor) -> bool:
        """Always, but in a session that is over."""
        return actor.session not in self.over


def open_sessions(store: Store, now: datetime) -> None:
    """Sign in the staff of `STAFF`, without an event."""
    with store.write() as session:
        for role, member in SANDBOX_STAFF.items():
            session.add(
                StaffSession(
                    id=STAFF[role].session,
                    token_hash=f"hash-{role.value}",
                    staff_id=member.id,
                    issuer=member.issuer,
                    subject=member.subject,
                    name=member.name,
                    role=role.value,
                    granted=[role.value],
                    created_at=now,
                    last_seen_at=now,
                )
            )
