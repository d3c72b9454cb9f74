"""Corrects what upstream holds about people, and what it may do with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.clock import Clock
from services.errors import Conflict, InvalidInput, UpstreamError
from services.metriport.client import MetriportClient
from services.metriport.schemas import NewPatient, Patient
from services.patients.edited import changed_fields, edited_patient, would_lose
from services.patients.form import PatientForm
from services.patients.search.name_index import NameIndex
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import OTHER_REASON, Grounds

CORRECTION_REASONS = (
    "The person asked for it",
    "Moved, or new telephone or e-mail",
    "Name has changed",
    "Mistake at entry",
    "Does not match their identity document",
    OTHER_REASON,
)
OPT_OUT_REASONS = (
    "The person asked for it",
    "Their legal representative asked for it",
    "Mistake at entry",
    OTHER_REASON,
)
RELATIONSHIP_REASONS = (
    "Became a patient of the facility",
    "Care at the facility has ended",
    "The person asked for it",
    "Mistake at entry",
    OTHER_REASON,
)

_CORRECT = Permission.PATIENTS_CORRECT


class Corrections:
    """Changes people upstream; each change has an event in the access log before and after it.

    Owns no table. The events hold the names of fields, the reason and the ticket, never a value.
    Searches by the names in memory find a person under the new name from then on.
    """

    def __init__(
        self, client: MetriportClient, audit: Audit, names: NameIndex, clock: Clock
    ) -> None:
        self._client = client
        self._audit = audit
        self._names = names
        self._clock = clock

    def correct(
        self, actor: Actor, before: Patient, form: PatientForm, grounds: Grounds
    ) -> Patient:
        """Replace the demographics of a person who was read as `before`; answers the new ones.

        Raises `NotPermitted`, `InvalidInput` with the wrong fields, `Conflict` where the person was
        changed after they were read, and another `UpstreamError`.
        """
        self._audit.require(actor, _CORRECT, before.id)
        fields = changed_fields(PatientForm.of(before), form, self._clock().date())
        person = self._check(before, form, fields, grounds)
        of = ("demographics", before.id)
        with self._noted(actor, before.id, of, {"fields": fields}, grounds):
            self._refuse_stale(before)
            body = edited_patient(before, person)
            after = self._client.update_patient(before.id, body, form.facility_id, before.e_tag)
            self._names.remember(after)
            return after

    def set_hie_opt_out(
        self, actor: Actor, patient_id: str, opted_out: bool, grounds: Grounds
    ) -> None:
        """Take a person out of HIE exchange, or back in.

        Raises `NotPermitted`, `InvalidInput` for wrong grounds, and an `UpstreamError`.
        """
        self._audit.require(actor, _CORRECT, patient_id)
        _refuse(grounds.complaints(OPT_OUT_REASONS))
        of = ("hie opt-out", patient_id)
        with self._noted(actor, patient_id, of, {"opted_out": opted_out}, grounds):
            try:
                self._client.set_hie_opt_out(patient_id, opted_out)
            finally:
                # Also without an answer: they may be out. Whoever is in is remembered when they are
                # read the next time.
                self._names.forget(patient_id)

    def set_treatment_relationship(
        self, actor: Actor, patient_id: str, exists: bool, grounds: Grounds
    ) -> None:
        """Record whether the person is being treated; a revoked relationship ends all cohorts.

        Raises `NotPermitted`, `InvalidInput` for wrong grounds, and an `UpstreamError`.
        """
        self._audit.require(actor, _CORRECT, patient_id)
        _refuse(grounds.complaints(RELATIONSHIP_REASONS))
        of = ("treatment relationship", patient_id)
        with self._noted(actor, patient_id, of, {"exists": exists}, grounds):
            self._client.set_treatment_relationship(patient_id, exists)

    def _check(
        self, before: Patient, form: PatientForm, fields: list[str], grounds: Grounds
    ) -> NewPatient:
        """The person to send; raises `InvalidInput` with everything that is wrong."""
        if would_lose(before):
            raise InvalidInput(
                "Metriport sent an address, a contact or an external id that cannot be read. "
                "Correcting the person here would lose it: correct them where it was entered."
            )
        complaints = grounds.complaints(CORRECTION_REASONS)
        try:
            person = form.checked(self._clock().date())
        except InvalidInput as error:
            raise InvalidInput(str(error), error.fields | complaints) from None
        _refuse(complaints)
        if not fields:
            raise InvalidInput("No field differs from what Metriport has.")
        return person

    def _refuse_stale(self, before: Patient) -> None:
        """Raise `Conflict` for a changed person of whom upstream gave no eTag to compare."""
        if before.e_tag is None and self._client.get_patient(before.id) != before:
            raise Conflict("The person was changed meanwhile.")

    @contextmanager
    def _noted(
        self,
        actor: Actor,
        patient_id: str,
        of: tuple[str, str],
        details: dict[str, object],
        grounds: Grounds,
    ) -> Iterator[None]:
        """Note that a change is asked for, and what became of it."""

        def note(outcome: str) -> None:
            self._audit.note(
                actor,
                _CORRECT.value,
                outcome=outcome,
                patient_id=patient_id,
                of=of,
                grounds=grounds,
                details=details,
            )

        note("asked")
        try:
            yield
        except UpstreamError as error:
            note(error.kind)
            raise
        note("done")


def _refuse(complaints: dict[str, str]) -> None:
    if complaints:
        raise InvalidInput("Some fields need another look.", complaints)
