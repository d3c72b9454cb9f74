"""The code systems of the sandbox's clinical records, and the shape of a catalogue row.

Ages are years unless a name says months.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"


class Who(NamedTuple):
    """Whom a thing can happen to; `sexes` holds wire codes of the gender at birth."""

    from_age: float = 0
    to_age: float = 130
    sexes: str = "FMOU"

    def fits(self, age: float, sex: str) -> bool:
        """Whether it can happen at `age` (years) to somebody of that gender at birth."""
        return self.from_age <= age < self.to_age and sex in self.sexes


class Medication(NamedTuple):
    """A clinical drug and what one fill of it holds."""

    rxnorm: str
    display: str
    dosage: str
    quantity: int
    unit: str
    days: int


class Analyte(NamedTuple):
    """Something measured; `low` and `high` are its reference range in the UCUM `unit`."""

    loinc: str
    display: str
    unit: str
    low: float
    high: float
    digits: int = 0


class Panel(NamedTuple):
    """Analytes that are ordered and reported together."""

    loinc: str
    display: str
    analytes: tuple[Analyte, ...]


class Problem(NamedTuple):
    """A condition: how common it is, what treats it, and what it does to measured values.

    `shifts` replaces the range of an analyte (by LOINC code); `days` is how long a short
    illness lasts.
    """

    icd10: str
    snomed: str
    display: str
    who: Who
    chance: float
    medications: tuple[Medication, ...] = ()
    panels: tuple[Panel, ...] = ()
    shifts: Mapping[str, tuple[float, float]] = MappingProxyType({})
    since: date = date.min
    days: int = 10
    fever: bool = False


class Vaccine(NamedTuple):
    """A vaccine: single doses at `months` of age, or every so many `years` from an age on.

    `seasonal` ones are given from September to January only.
    """

    cvx: str
    display: str
    months: tuple[int, ...] = ()
    years: float = 0
    from_age: float = 0
    since: date = date.min
    until: date = date.max
    seasonal: bool = False


class Intervention(NamedTuple):
    """A procedure, repeated after `years` (0: once in a life), at a visit by that `chance`."""

    snomed: str
    display: str
    who: Who
    chance: float
    years: float = 0


class Allergy(NamedTuple):
    """An allergy with how it shows; `category` is a FHIR code."""

    snomed: str
    display: str
    category: str
    criticality: str
    reaction: tuple[str, str]
