"""The access log: writes who did or saw what, and refuses what a role does not allow."""

from typing import Any

from sqlmodel import Session

from services.clock import Clock
from services.errors import NotPermitted
from services.staff.looks import NotedLooks, look_key
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import AuditEvent


class Audit:
    """Owns the table `audit_event`. Details hold ids, counts and filters, never who a person is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looks = NotedLooks()

    def append(
        self,
        session: Session,
        actor: Actor,
        action: str,
        *,
        outcome: str = "done",
        patient_id: str | None = None,
        of: tuple[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Add one event to the caller's transaction; `of` is the object's kind and id."""
        kind, object_id = of or (None, None)
        session.add(
            AuditEvent(
                at=self._clock(),
                actor=actor.name,
                role=actor.role.value,
                action=action,
                outcome=outcome,
                patient_id=patient_id,
                object_kind=kind,
                object_id=object_id,
                details=details,
            )
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

        The same look is the same actor, action, patient, object and details. Call it before what
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

    def require(self, actor: Actor, permission: Permission, patient_id: str | None = None) -> None:
        """Raise `NotPermitted` unless the actor's role allows it; the attempt is noted first."""
        if actor.may(permission):
            return
        self.note(actor, permission.value, outcome="denied", patient_id=patient_id)
        raise NotPermitted(f"The role {actor.role.value} may not do this ({permission.value}).")
