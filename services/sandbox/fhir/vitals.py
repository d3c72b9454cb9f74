"""Vital signs that fit a person's age, sex and problems.

They are plausible but no growth chart: tables of averages, around which a person keeps a constant
distance.
"""

from bisect import bisect_right

from services.sandbox.fhir.chart import Chart, Visit, concept
from services.sandbox.fhir.codes import LOINC
from services.sandbox.fhir.resources import add_observation, quantity

# Pairs of an age in years and the average of both sexes at that age.
_HEIGHT_CM = ((0, 50), (0.5, 66), (1, 75), (2, 87), (5, 109), (9, 133), (12, 150), (15, 165))
_WEIGHT_KG = ((0, 3.4), (0.5, 7.6), (1, 9.6), (2, 12.3), (5, 18.5), (9, 29), (12, 41), (15, 55))
_HEART_RATE = ((0, 132), (1, 114), (5, 96), (10, 84), (18, 73))
_BREATHS = ((0, 42), (1, 29), (5, 22), (12, 18), (18, 15))
_ADULT_HEIGHT_CM = {"F": 162.0, "M": 176.0}
_GROWN_UP = 16
_SATURATION = "Oxygen saturation in Arterial blood by Pulse oximetry"


def add_vitals(visit: Visit, fever: bool) -> None:
    """Add the vital signs of a visit; `fever` raises the temperature."""
    rng = visit.chart.rng
    rate = round(_interpolate(_HEART_RATE, visit.age) + rng.gauss(0, 6))
    _add(visit, "8867-4", "Heart rate", rate, "/min")
    rate = round(_interpolate(_BREATHS, visit.age) + rng.gauss(0, 1.2))
    _add(visit, "9279-1", "Respiratory rate", rate, "/min")
    warmth = rng.uniform(37.3, 38.6) if fever else rng.uniform(36.4, 37.1)
    _add(visit, "8310-5", "Body temperature", round(warmth, 1), "Cel")
    # J44.9 is chronic obstructive lung disease.
    best = 95 if "J44.9" in visit.chart.problems else 99
    saturation = best - rng.randrange(4)
    _add(visit, "59408-5", _SATURATION, saturation, "%")
    _add_body(visit)
    if visit.age >= 3:
        _add_blood_pressure(visit)


def _add_body(visit: Visit) -> None:
    height, weight = _height(visit.chart, visit.age), _weight(visit.chart, visit.age)
    _add(visit, "8302-2", "Body height", round(height, 1), "cm")
    _add(visit, "29463-7", "Body weight", round(weight, 1), "kg")
    if visit.age >= 2:
        _add(
            visit,
            "39156-5",
            "Body mass index (BMI) [Ratio]",
            round(weight / (height / 100) ** 2, 1),
            "kg/m2",
        )


def _height(chart: Chart, age: float) -> float:
    """Height in centimetres; it stays the same for adults."""
    spread = 0.88 + 0.24 * chart.setpoint("height")
    if age < _GROWN_UP:
        return _interpolate(_HEIGHT_CM, age) * spread
    return _ADULT_HEIGHT_CM.get(chart.sex, 169.0) * spread


def _weight(chart: Chart, age: float) -> float:
    """Weight in kilograms; for adults it follows from a body mass index that changes little."""
    place = chart.setpoint("weight") + chart.rng.gauss(0, 0.03)
    if age < _GROWN_UP:
        return _interpolate(_WEIGHT_KG, age) * (0.85 + 0.3 * place)
    # E66.9 is obesity.
    lightest = 28.0 if "E66.9" in chart.prone else 19.5
    index = max(17.5, lightest + 11 * place)
    return index * (_height(chart, age) / 100) ** 2


def _add_blood_pressure(visit: Visit) -> None:
    chart, age = visit.chart, min(visit.age, 80)
    # I10 is hypertension.
    rise = 14 if "I10" in chart.problems else 0
    resting = 92 + 1.7 * age if age < _GROWN_UP else 112 + 0.18 * (age - _GROWN_UP)
    systolic = resting + rise + 14 * (chart.setpoint("pressure") - 0.5) + chart.rng.gauss(0, 5)
    diastolic = systolic * 0.62 + chart.rng.gauss(0, 3)
    parts = (
        ("8480-6", "Systolic blood pressure", systolic),
        ("8462-4", "Diastolic blood pressure", diastolic),
    )
    components = [
        {"code": concept(LOINC, *code), "valueQuantity": quantity(round(value), "mm[Hg]")}
        for *code, value in parts
    ]
    code = concept(LOINC, "85354-9", "Blood pressure panel with all children optional")
    add_observation(visit, "vital-signs", code, {"component": components})


def _add(visit: Visit, loinc: str, display: str, value: float, unit: str) -> None:
    code = concept(LOINC, loinc, display)
    add_observation(visit, "vital-signs", code, {"valueQuantity": quantity(value, unit)})


def _interpolate(table: tuple[tuple[float, float], ...], age: float) -> float:
    """The value at `age`, interpolated between rows; from the last row on it stays the same."""
    index = bisect_right(table, age, key=lambda row: row[0])
    if index == len(table):
        return table[-1][1]
    (age_a, value_a), (age_b, value_b) = table[index - 1], table[index]
    return value_a + (value_b - value_a) * (age - age_a) / (age_b - age_a)
