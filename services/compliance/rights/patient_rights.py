"""A person's rights, carried out by the staff: their own data as a file, and its erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.clock import Clock
from services.compliance.packets.signed_file import sign_file
from services.compliance.retention.holds import read_held
from services.compliance.retention.purge import Keeps
from services.compliance.rights.archive import zipped
from services.compliance.rights.erasing import (
    KeptRows,
    count_erasable,
    erase_rows,
    is_held,
    read_kept,
)
from services.compliance.rights.person_export import FORM, LEFT_OUT, Describe, read_person
from services.errors import InvalidInput
from services.ids import checked_id
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.proof.signing import SigningKeys
from services.staff.reasons import OTHER_REASON, Grounds
from services.store import Store, lock_holds, lock_person

EXPORT_REASONS = (
    "The person asked for it",
    "A representative of the person asked for it",
    "An authority asked for it",
    OTHER_REASON,
)
"""Why a person's data is handed out."""

ERASE_REASONS = (
    "The person asked for it",
    "A representative of the person asked for it",
    OTHER_REASON,
)
"""Why a person's data is erased."""


class _OnHold(InvalidInput):
    kept = "Nothing was erased."
    next_step = "Ask whoever set the hold: once it is lifted, the erasure can be done."


@dataclass(frozen=True)
class Erasure:
    """What an erasure takes or took, by the names of the table of what is kept, and what stays.

    `is_held` says that a legal hold forbids it.
    """

    erased: Mapping[str, int]
    kept: Sequence[KeptRows]
    is_held: bool = False


class PatientRights:
    """Reads every table about people; erases by the rules of `erasing`."""

    def __init__(
        self, store: Store, audit: Audit, clock: Clock, keeps: Keeps, keys: SigningKeys
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._keeps = keeps
        self._keys = keys

    def export(
        self,
        actor: Actor,
        patient_id: str,
        grounds: Grounds,
        describe: Describe = lambda e: e.action,
    ) -> bytes:
        """All that the log has about the person, signed, as a ZIP; noted before it is handed out.

        `describe` tells an event as a sentence. Raises `NotPermitted`, and `InvalidInput` for
        grounds that are none or for too many rows.
        """
        self._require(actor, patient_id)
        _check(grounds, EXPORT_REASONS)
        with self._store.read() as session:
            sections, number = read_person(session, patient_id, describe)
        now = self._clock()
        self._audit.note(
            actor,
            "patients.export",
            patient_id=patient_id,
            grounds=grounds,
            details={"rows": number},
        )
        about = {
            "form": FORM,
            "patient_id": patient_id,
            "made_at": now,
            "made_by": f"{actor.name} ({actor.role.value})",
            "rows": number,
            "times": "UTC",
            "not_in_it": list(LEFT_OUT),
        }
        return zipped(sign_file("person.json", {"about": about, **sections}, self._keys))

    def preview_erasure(self, actor: Actor, patient_id: str) -> Erasure:
        """What an erasure would take now, and what would stay; raises `NotPermitted`."""
        self._require(actor, patient_id)
        self._audit.look(actor, "patients.erase_preview", patient_id=patient_id)
        now = self._clock()
        with self._store.read() as session:
            return Erasure(
                count_erasable(session, patient_id),
                list(read_kept(session, patient_id, self._keeps.log, now)),
                is_held(session, patient_id, read_held(session)),
            )

    def erase(self, actor: Actor, patient_id: str, grounds: Grounds) -> Erasure:
        """Erase as far as the retention allows; a second time finds nothing more to erase.

        Answers exactly what was erased, and what is kept until when. Raises `NotPermitted`, and
        `InvalidInput` for grounds that are none, and where a legal hold covers the person.
        """
        self._require(actor, patient_id)
        _check(grounds, ERASE_REASONS)
        now = self._clock()
        with self._store.write() as session:
            lock_holds(session)
            # Whoever uses their links and sessions locks them first, too.
            lock_person(session, patient_id)
            if is_held(session, patient_id, read_held(session)):
                raise _OnHold("A legal hold covers this person’s data, so nothing may be erased.")
            erased = erase_rows(session, patient_id, now)
            self._audit.append(
                session,
                actor,
                "patients.erase",
                patient_id=patient_id,
                grounds=grounds,
                details={"rows": {name: number for name, number in erased.items() if number}},
            )
        self._store.clear_old_pages()
        with self._store.read() as session:
            return Erasure(erased, list(read_kept(session, patient_id, self._keeps.log, now)))

    def _require(self, actor: Actor, patient_id: str) -> None:
        self._audit.require(actor, Permission.PATIENT_RIGHTS, patient_id)
        checked_id(patient_id)


def _check(grounds: Grounds, reasons: Sequence[str]) -> None:
    if complaints := grounds.complaints(reasons):
        raise InvalidInput("Some fields need another look.", complaints)
