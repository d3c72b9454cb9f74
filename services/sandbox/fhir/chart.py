"""A clinical record while it is being written: whose it is, and what stands in it so far."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.sandbox.fhir.codes import Problem

Resource = dict[str, Any]
Concept = dict[str, Any]

LAST_DAY = date(2026, 7, 31)
"""The shipped people's records end here, so that none reaches into the reader's future."""

_YEARS = 7


@dataclass
class Chart:
    """One person's record from `start` to `last`; `entries` pairs each resource with its
    clinical date, if it has one.

    `rng` is seeded by the person's id, so that the same person always gets the same record.
    `prone` holds the ICD-10-CM codes of the lasting problems of this life, `problems` those
    noted so far, `given` the days of each vaccine and intervention (by code).
    """

    patient: Resource
    birth: date
    start: date
    last: date
    rng: Random
    prone: set[str] = field(default_factory=set)
    problems: dict[str, Problem] = field(default_factory=dict)
    setpoints: dict[str, float] = field(default_factory=dict)
    given: dict[str, list[date]] = field(default_factory=dict)
    entries: list[tuple[date | None, Resource]] = field(default_factory=list)

    @classmethod
    def of(cls, patient: Resource) -> "Chart":
        """An empty record for a patient in wire form."""
        birth = date.fromisoformat(patient["dob"])
        created = date.fromisoformat(patient.get("dateCreated", LAST_DAY.isoformat())[:10])
        last = max(LAST_DAY, created - timedelta(days=1))
        start = max(birth, last - timedelta(days=365 * _YEARS))
        return cls(patient, birth, start, last, Random(patient["id"]))

    @property
    def sex(self) -> str:
        """The wire code of the gender at birth."""
        return str(self.patient["genderAtBirth"])

    @property
    def reference(self) -> Resource:
        """A reference to the person."""
        return {"reference": f"Patient/{self.patient['id']}"}

    def age(self, day: date) -> float:
        """Years from birth to `day`."""
        return (day - self.birth).days / 365.25

    def had(self, code: str, years: float, day: date) -> bool:
        """Whether it was given within so many years before `day`; 0 years: ever."""
        days = self.given.get(code, [])
        return bool(days) and (not years or (day - days[-1]).days < years * 365)

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.rng.random() < probability

    def setpoint(self, name: str) -> float:
        """Where this person stands in the population for a measurement, around 0.5."""
        if name not in self.setpoints:
            self.setpoints[name] = self.rng.gauss(0.5, 0.2)
        return self.setpoints[name]

    def add(self, kind: str, content: Resource, day: date | None = None) -> Resource:
        """Write a resource down, and answer a reference to it."""
        identity = content.get("id") or str(UUID(int=self.rng.getrandbits(128), version=4))
        self.entries.append((day, {"resourceType": kind, **content, "id": identity}))
        return {"reference": f"{kind}/{identity}"}


@dataclass(frozen=True)
class Visit:
    """An encounter (`when` in UTC) and who it was with: what else happened then refers to it."""

    chart: Chart
    when: datetime
    encounter: Resource
    practitioner: Resource

    @property
    def day(self) -> date:
        """The clinical date of everything that happened then."""
        return self.when.date()

    @property
    def at(self) -> str:
        """The moment, as FHIR writes it."""
        return fhir_time(self.when)

    @property
    def age(self) -> float:
        """The person's age in years at the visit."""
        return self.chart.age(self.day)

    def add(self, kind: str, content: Resource) -> Resource:
        """Write down a resource about the person that belongs to this encounter."""
        about = {"subject": self.chart.reference, "encounter": self.encounter}
        return self.chart.add(kind, {**content, **about}, self.day)


def fhir_time(at: datetime) -> str:
    """A moment (UTC) as FHIR writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def concept(system: str, code: str, display: str) -> Concept:
    """A CodeableConcept of one coding, with its display as text."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
