"""The access log: writes who did or saw what, and refuses what may not be done."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from services.clock import Clock
from services.errors import NotPermitted, SignInEnded
from services.staff.looks import NotedLooks, look_key
from services.staff.permissions import Actor, Permission
from services.staff.reasons import Grounds
from services.staff.sign_in.sessions import StaffSessions, actor_of
from services.store import Store
from services.store.audit_chain import append_event
from services.store.tables import StaffSession


@dataclass(frozen=True)
class Stranger:
    """Somebody who has no role here, as the provider named them."""

    id: str
    name: str
    address: str = ""


PROGRAM = Stranger("program", "Access Desk")
"""The actor of background work, which nobody asked for."""

AFTER_THE_END = "page.act"
"""The action of what is tried on a page whose viewer is not signed in any more."""


class Audit:
    """Writes the table `audit_event`. Details hold ids, counts and filters, never who a person is.

    Events are chained as their transaction is committed (`services.store.audit_chain`).
    """

    def __init__(self, store: Store, clock: Clock, sessions: StaffSessions) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._looks = NotedLooks()

    def append(
        self,
        session: Session,
        actor: Actor | Stranger | None,
        action: str,
        *,
        outcome: str = "done",
        patient_id: str | None = None,
        of: tuple[str, str] | None = None,
        grounds: Grounds | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Add one event to the caller's transaction; `of` is the object's kind and id.

        Without an actor it is the program itself.
        """
        kind, object_id = of or (None, None)
        who = actor or PROGRAM
        role, in_session = (who.role.value, who.session) if isinstance(who, Actor) else ("", "")
        append_event(
            session,
            {
                "at": self._clock(),
                "actor_id": who.id,
                "actor": who.name,
                "role": role,
                "session_id": in_session or None,
                "address": who.address or None,
                "action": action,
                "outcome": outcome,
                "patient_id": patient_id,
                "object_kind": kind,
                "object_id": object_id,
                "reason": (grounds and grounds.reason) or None,
                "ticket": (grounds and grounds.ticket) or None,
                "details": details,
            },
        )

    def note(self, actor: Actor, action: str, **event: Any) -> None:
        """Append one event in a transaction of its own; raises `LogUnavailable`.

        Call it before the result of a look is handed out and before an act is sent upstream, so
        that nothing happens of which the event could not be written.
        """
        with self._store.write() as session:
            self.append(session, actor, action, **event)

    def look(
        self,
        actor: Actor,
        action: str,
        *,
        patient_id: str | None = None,
        of: tuple[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Append the event of a look, unless the same look was noted in the last 15 minutes.

        The same look is the same session, action, patient, object and details. Call it before what
        was read is handed out; raises `LogUnavailable`, and then nothing may be shown.
        """
        event = {"patient_id": patient_id, "of": of, "details": details}
        key, now = look_key(actor, action, event), self._clock()
        if self._looks.is_noted(key, now):
            return
        # Remembered only once it is written: a look of which the event failed is noted by the next
        # try. Two threads at the same moment may both write, which is one event too many, no gap.
        self.note(actor, action, patient_id=patient_id, of=of, details=details)
        self._looks.remember(key, now)

    def note_after_end(self, session_id: str) -> None:
        """Note that something was tried on an open page of a staff session that is over."""
        with self._store.write() as session:
            row = session.get(StaffSession, session_id)
            if row is not None:
                of = ("session", row.id)
                self.append(session, whose(row), AFTER_THE_END, outcome="ended", of=of)

    def require(self, actor: Actor, permission: Permission, patient_id: str | None = None) -> None:
        """Raise unless the actor may act now: every act and every look begins with it.

        Raises `SignInEnded` where the staff session is over, and `NotPermitted` where the role does
        not allow it; the attempt is noted first.
        """
        if not self._sessions.may_act(actor):
            self.note(actor, permission.value, outcome="ended", patient_id=patient_id)
            raise SignInEnded("Your sign-in has ended.")
        if not actor.may(permission):
            self.note(actor, permission.value, outcome="denied", patient_id=patient_id)
            raise NotPermitted(f"The role {actor.role.value} may not do this ({permission.value}).")


def whose(row: StaffSession) -> Actor | Stranger:
    """The actor of a session's event; a `Stranger` where it has no role that is known here."""
    return actor_of(row) or Stranger(row.staff_id, row.name, row.address)
