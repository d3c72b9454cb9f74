"""Compares the records of people with what their identities were proofed against."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from services.identity.access_facts import facts_of
from services.identity.access_state import AccessFacts
from services.identity.drift.hashes import DemographicKeys
from services.identity.drift.proofed import NOT_CAPTURED, Comparison, compare, read_proofed
from services.metriport.schemas import Patient
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store


class DriftGuard:
    """Reads `proofed_demographics`. A person's newest identity is the one that is compared."""

    def __init__(self, store: Store, audit: Audit, keys: DemographicKeys) -> None:
        self._store = store
        self._audit = audit
        self._keys = keys

    def compare(self, actor: Actor, patient: Patient) -> Comparison:
        """The person's record compared with their newest identity; raises `NotPermitted`.

        It leaves no trace: the page that shows it has noted the look at the person already.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient.id)
        with self._store.read() as session:
            facts = facts_of(session, [patient.id])
            return self.compare_all(session, facts, [patient])[patient.id]

    def compare_all(
        self, session: Session, facts: Mapping[str, AccessFacts], patients: Sequence[Patient]
    ) -> dict[str, Comparison]:
        """Each person's comparison, by patient id; one statement, however many people."""
        identities = {one.id: facts[one.id].identity for one in patients}
        proofed = read_proofed(session, [each.id for each in identities.values() if each])
        return {
            patient.id: compare(self._keys, patient, proofed[identity.id])
            if (identity := identities[patient.id])
            else NOT_CAPTURED
            for patient in patients
        }

    def compare_with(self, session: Session, identity_id: str, patient: Patient) -> Comparison:
        """The person's record compared with this identity, inside the caller's transaction."""
        return compare(self._keys, patient, read_proofed(session, [identity_id])[identity_id])
