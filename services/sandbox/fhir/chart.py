"""A clinical record while it is being written: its person, and the resources written so far."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.sandbox.fhir.codes import Problem

Resource = dict[str, Any]
Concept = dict[str, Any]

LAST_DAY = date(2026, 7, 31)
"""The records of the shipped people end on this day, which is in the past for every reader."""

# A record goes back at most so many years.
_YEARS = 7


@dataclass
class Chart:
    """One person's record from `start` to `last`, both inclusive.

    `rng` is seeded by the person's id, so that the same person always gets the same record.
    `prone` holds the ICD-10-CM codes of all lasting problems that the person ever gets, `problems`
    those recorded so far, by code. `given` holds the days of each vaccine, intervention and short
    illness, by code. `entries` pairs each resource with its clinical date, if it has one.
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
        """An empty record of a patient (wire form)."""
        birth = date.fromisoformat(patient["dob"])
        created = date.fromisoformat(patient.get("dateCreated", LAST_DAY.isoformat())[:10])
        # A patient who was created later has a record until the day before.
        last = max(LAST_DAY, created - timedelta(days=1))
        start = max(birth, last - timedelta(days=365 * _YEARS))
        return cls(patient, birth, start, last, Random(patient["id"]))

    @property
    def sex(self) -> str:
        """The gender at birth, as the API writes it."""
        return str(self.patient["genderAtBirth"])

    @property
    def reference(self) -> Resource:
        """A reference to the person."""
        return {"reference": f"Patient/{self.patient['id']}"}

    def age(self, day: date) -> float:
        """Years from birth to `day`."""
        return (day - self.birth).days / 365.25

    def had(self, code: str, years: float, day: date) -> bool:
        """Whether `code` was given in the `years` before `day`; with 0 years, whether ever."""
        days = self.given.get(code, [])
        return bool(days) and (not years or (day - days[-1]).days < years * 365)

    def chance(self, probability: float) -> bool:
        """True with this probability (0 to 1)."""
        return self.rng.random() < probability

    def setpoint(self, name: str) -> float:
        """Where this person's measurements of a kind lie in the population: 0.5 is the middle."""
        if name not in self.setpoints:
            self.setpoints[name] = self.rng.gauss(0.5, 0.2)
        return self.setpoints[name]

    def add(self, kind: str, content: Resource, day: date | None = None) -> Resource:
        """Add a resource; returns a reference to it."""
        identity = content.get("id") or str(UUID(int=self.rng.getrandbits(128), version=4))
        self.entries.append((day, {"resourceType": kind, **content, "id": identity}))
        return {"reference": f"{kind}/{identity}"}


@dataclass(frozen=True)
class Visit:
    """An encounter and its practitioner, to which the other resources refer; `when` is UTC."""

    chart: Chart
    when: datetime
    encounter: Resource
    practitioner: Resource

    @property
    def day(self) -> date:
        """The clinical date of everything that happened at the visit."""
        return self.when.date()

    @property
    def at(self) -> str:
        """The time of the visit, as FHIR writes it."""
        return fhir_time(self.when)

    @property
    def age(self) -> float:
        """The person's age in years at the visit."""
        return self.chart.age(self.day)

    def add(self, kind: str, content: Resource) -> Resource:
        """Add a resource about the person that belongs to this encounter; returns a reference."""
        about = {"subject": self.chart.reference, "encounter": self.encounter}
        return self.chart.add(kind, {**content, **about}, self.day)


def fhir_time(at: datetime) -> str:
    """A time (UTC) as FHIR writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def concept(system: str, code: str, display: str) -> Concept:
    """A CodeableConcept of one coding, with its display as text."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
