"""The code systems of clinical records, and the kinds of rows of the catalogue.

Ages are in years unless a name says months.
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
    """Who can have something; `sexes` holds the letters of gender at birth."""

    from_age: float = 0
    to_age: float = 130
    sexes: str = "FMOU"

    def fits(self, age: float, sex: str) -> bool:
        """Whether somebody of this age (years) and gender at birth can have it."""
        return self.from_age <= age < self.to_age and sex in self.sexes


class Medication(NamedTuple):
    """A clinical drug, and the quantity and days of supply of one fill."""

    rxnorm: str
    display: str
    dosage: str
    quantity: int
    unit: str
    days: int


class Analyte(NamedTuple):
    """A laboratory value; `low` and `high` are its reference range in the UCUM `unit`.

    Results are rounded to `digits` decimals.
    """

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
    """A condition: who gets it, what treats it, and how it changes laboratory values.

    `chance` is a probability for lasting problems and a weight for short illnesses. `shifts`
    replaces the range of an analyte (by LOINC code). `days` is how long a short illness lasts.
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
    """A vaccine: single doses at ages in `months`, or a dose every `years` from `from_age` on.

    A `seasonal` one is given from September to January only. `since` and `until` bound the days on
    which it was in use.
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
    """A procedure with its probability at a visit; repeated after `years` (0: once in a life)."""

    snomed: str
    display: str
    who: Who
    chance: float
    years: float = 0


class Allergy(NamedTuple):
    """An allergy and its reaction (SNOMED CT code and display); `category` is a FHIR code."""

    snomed: str
    display: str
    category: str
    criticality: str
    reaction: tuple[str, str]
