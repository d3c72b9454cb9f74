"""Find, open and create patients. Names are read from upstream when shown, never stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.clock import Clock
from services.errors import InvalidInput, UpstreamNotFound
from services.ids import checked_id
from services.metriport.client import PAGE_SIZE, MetriportClient
from services.metriport.schemas import Facility, NewPatient, Patient, PatientPage
from services.pasted_ids import refuse_secret
from services.patients.form import PatientForm
from services.patients.search.name_index import NameIndex
from services.patients.search.spellings import filters_of
from services.patients.search.terms import read_terms
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission

_FACILITIES_FOR = timedelta(minutes=5)

_MOST_IN_EVENT = 25
"""People whose ids one event of a search holds."""


class Patients:
    """Reads and creates people upstream, and notes each look in the access log.

    Owns no table: the log never holds a name. Every name that it reads goes to `names`, in memory.
    """

    def __init__(
        self, client: MetriportClient, audit: Audit, names: NameIndex, clock: Clock
    ) -> None:
        self._client = client
        self._audit = audit
        self.names = names
        self._clock = clock
        self._facilities: tuple[datetime, list[Facility]] | None = None

    def search(
        self,
        actor: Actor,
        text: str,
        facility_id: str | None = None,
        count: int = PAGE_SIZE,
        *,
        all_shown: bool = True,
    ) -> PatientPage:
        """The first page of the people that match, at most `count` of them.

        `text` is what was typed: words in any order, dates in any form, or upstream's filter
        language. The access log keeps who was shown: everybody of the page or, without
        `all_shown`, those of whom the caller says it (`note_shown`). Raises `NotPermitted`,
        `InvalidInput` for a text that upstream cannot search for, `SecretPasted` for a person's
        credential or link, and an `UpstreamError`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        refuse_secret(text)
        terms = read_terms(text, self._clock().date())
        if terms.is_empty and terms.unsearchable:
            raise InvalidInput("Metriport cannot search for that.", {})
        asked_at = self._clock()
        page = self._client.list_patients(filters_of(terms), facility_id, count)
        # The text is a name or a birthday, which the log must not hold: only its length is kept.
        details = {"length": len(text.strip()), "facility": facility_id}
        details["total"] = page.meta.items_in_total
        return self._note_search(actor, asked_at, page, details, all_shown)

    def read_anew(
        self, actor: Actor, patient_ids: Sequence[str], facility_id: str | None = None
    ) -> list[Patient]:
        """Those of the people whom upstream still lists, in the order of their ids, in one call.

        With a facility, only its people. Raises `NotPermitted` and an `UpstreamError`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        filters = " or ".join(f'"{patient_id}"' for patient_id in patient_ids)
        asked_at = self._clock()
        page = self._client.list_patients(filters, facility_id, len(patient_ids))
        details = {"similar": len(patient_ids), "facility": facility_id}
        self._note_search(actor, asked_at, page, details)
        by_id = {patient.id: patient for patient in page.patients}
        if facility_id is None:
            for patient_id in set(patient_ids) - set(by_id):
                self.names.forget(patient_id)
        return [by_id[patient_id] for patient_id in patient_ids if patient_id in by_id]

    def turn(self, actor: Actor, page_url: str, *, all_shown: bool = True) -> PatientPage:
        """The page of results at the address `next_page` or `prev_page` of an earlier page.

        `all_shown` as for a search.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        asked_at = self._clock()
        page = self._client.patient_page(page_url)
        return self._note_search(actor, asked_at, page, {"turned": True}, all_shown)

    def note_shown(self, actor: Actor, patient_ids: Sequence[str]) -> None:
        """Note the people whom a search shows, where it has read more people than it shows.

        Call it before they are shown; raises `LogUnavailable`, and then nobody may be.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        for first in range(0, len(patient_ids), _MOST_IN_EVENT):
            ids = list(patient_ids[first : first + _MOST_IN_EVENT])
            self._audit.note(actor, "patient.search", details={"filtered": True, "shown": ids})

    def open(self, actor: Actor, patient_id: str) -> Patient:
        """One person; raises `UpstreamNotFound`, also for an id of a wrong form."""
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        asked_at = self._clock()
        try:
            patient = self._client.get_patient(checked_id(patient_id))
        except UpstreamNotFound:
            self.names.forget(patient_id)
            raise
        self.names.remember(patient, asked_at)
        self._audit.look(actor, "patient.view", patient_id=patient.id)
        return patient

    def facilities(self, actor: Actor) -> list[Facility]:
        """The account's facilities, at most five minutes old; raises an `UpstreamError`."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        now = self._clock()
        if self._facilities is None or self._facilities[0] < now - _FACILITIES_FOR:
            self._facilities = (now, self._client.list_facilities())
        return self._facilities[1]

    def match(self, actor: Actor, form: PatientForm) -> Patient | None:
        """The person whom upstream knows by these demographics; None where it knows nobody.

        Raises `NotPermitted`, `InvalidInput` with the wrong fields, and an `UpstreamError`.
        """
        self._audit.require(actor, Permission.PATIENTS_CREATE)
        person = self._check(form)
        try:
            match = self._client.match_patient(person)
        except UpstreamNotFound:
            match = None
        self._audit.note(actor, "patient.match", patient_id=match.id if match else None)
        return match

    def create(self, actor: Actor, form: PatientForm) -> Patient:
        """Create a person upstream.

        The access log gets an event before the call, because an answer may never come, and one with
        the new id after it. Raises `NotPermitted`, `InvalidInput` and an `UpstreamError`.
        """
        self._audit.require(actor, Permission.PATIENTS_CREATE)
        person = self._check(form)
        of = ("facility", form.facility_id)
        action = Permission.PATIENTS_CREATE.value
        self._audit.note(actor, action, outcome="asked", of=of)
        patient = self._client.create_patient(person, form.facility_id)
        self.names.remember(patient)
        self._audit.note(actor, action, patient_id=patient.id, of=of)
        return patient

    def _check(self, form: PatientForm) -> NewPatient:
        return form.checked(self._clock().date())

    def _note_search(
        self,
        actor: Actor,
        asked_at: datetime,
        page: PatientPage,
        details: Mapping[str, object],
        all_shown: bool = True,
    ) -> PatientPage:
        """`page`, once the access log has the look; if that cannot be written, nobody sees it."""
        ids = [patient.id for patient in page.patients]
        # Whoever asks who looked at a record must find the searches that showed it.
        shown = ids[:_MOST_IN_EVENT] if all_shown else []
        noted = {**details, "read": len(ids), "shown": shown}
        self._audit.note(actor, "patient.search", details=noted)
        if all_shown and len(ids) > _MOST_IN_EVENT:
            self.note_shown(actor, ids[_MOST_IN_EVENT:])
        for patient in page.patients:
            self.names.remember(patient, asked_at)
        return page
