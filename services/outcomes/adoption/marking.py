"""Marks people who are made up for a test, so that charts can leave them out."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from services.clock import Clock
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store, lock_person
from services.store.log_change import note_queries
from services.store.tables import NetworkQuery, PersonOfTest


@dataclass(frozen=True)
class TestMark:
    """That somebody marked a person as one of a test, and when (UTC)."""

    at: datetime
    by: str


class TestPeople:
    """Owns the table `test_person`."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def mark_of(self, actor: Actor, patient_id: str) -> TestMark | None:
        """Who marked the person as one of a test; None for a real one. Raises `NotPermitted`.

        It is a part of the person's page, whose look is noted there.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        with self._store.read() as session:
            row = session.get(PersonOfTest, patient_id)
            return None if row is None else TestMark(row.marked_at, row.marked_by)

    def mark(self, actor: Actor, patient_id: str) -> None:
        """Mark the person as one of a test; nothing changes where they are. Raises `NotPermitted`.

        Their queries are counted anew, so that charts leave them out from now on.
        """
        self._change(actor, patient_id, marked=True)

    def unmark(self, actor: Actor, patient_id: str) -> None:
        """Take the mark back; nothing changes without one. Raises `NotPermitted`."""
        self._change(actor, patient_id, marked=False)

    def _change(self, actor: Actor, patient_id: str, *, marked: bool) -> None:
        self._audit.require(actor, Permission.TEST_PEOPLE, patient_id)
        with self._store.write() as session:
            lock_person(session, patient_id)
            row = session.get(PersonOfTest, patient_id)
            if (row is not None) == marked:
                return
            # Before the mark changes: what the queries were counted by until now is kept with it.
            note_queries(session, _query_ids(session, patient_id))
            if row is not None:
                session.delete(row)
            else:
                session.add(self._row(actor, patient_id))
            self._audit.append(
                session,
                actor,
                "patients.test",
                patient_id=patient_id,
                details={"marked": marked},
            )

    def _row(self, actor: Actor, patient_id: str) -> PersonOfTest:
        return PersonOfTest(
            patient_id=patient_id,
            marked_at=self._clock(),
            marked_by_id=actor.id,
            marked_by=actor.name,
        )


def _query_ids(session: Session, patient_id: str) -> list[str]:
    return list(
        session.exec(select(NetworkQuery.id).where(col(NetworkQuery.patient_id) == patient_id))
    )
