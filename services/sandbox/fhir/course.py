"""Writes a clinical record: when the person is seen, for what, and what is done.

All randomness comes from the chart's generator, in a fixed order: a draw more or less anywhere
changes everything after it.
"""

from datetime import UTC, date, datetime, time, timedelta

from services.sandbox.fhir import catalogue, labs
from services.sandbox.fhir.chart import Chart, Visit, concept
from services.sandbox.fhir.codes import LOINC, SNOMED, Analyte, Panel, Problem, Vaccine
from services.sandbox.fhir.frame import Frame, add_frame, open_visit
from services.sandbox.fhir.resources import (
    add_allergy,
    add_condition,
    add_immunization,
    add_no_known_allergy,
    add_note,
    add_observation,
    add_prescription,
    add_procedure,
    add_report,
    add_result,
)
from services.sandbox.fhir.vitals import add_vitals

_WELL_CHILD_MONTHS = (0, 2, 4, 6, 9, 12, 15, 18, 24, *range(36, 217, 12))
_WELL_CHILD = ("410620009", "Well child visit")
_CHECK_UP = ("162673000", "General examination of patient")
_FOLLOW_UP = ("390906007", "Follow-up encounter")
_SYMPTOM = ("185345009", "Encounter for symptom")
_SMOKING = (
    ("266919005", "Never smoked tobacco"),
    ("8517006", "Ex-smoker"),
    ("449868002", "Smokes tobacco daily"),
)
# These values rise and fall together, so the first takes its place from the second.
_TOGETHER = {
    labs.HEMATOCRIT.loinc: labs.HEMOGLOBIN.loinc,
    labs.LDL.loinc: labs.CHOLESTEROL.loinc,
}


def write(chart: Chart) -> None:
    """Fill an empty chart: person, clinic and coverage first, then visit after visit."""
    frame = add_frame(chart)
    onsets = _onsets(chart)
    chart.prone = {problem.icd10 for problem, _ in onsets}
    for number, day in enumerate(_visit_days(chart, len(onsets))):
        acute = _acute(chart, day)
        visit = _open(chart, frame, number, day, acute)
        if number == 0:
            _note_allergies(visit)
        _note_problems(visit, onsets, acute)
        _examine(visit, number, acute)
        _treat(visit, acute)
        add_note(visit, _note(visit, acute))


def _onsets(chart: Chart) -> list[tuple[Problem, date]]:
    """The lasting problems of this person, each with the day on which it began."""
    onsets = []
    for problem in catalogue.CHRONIC:
        first, latest = problem.who.from_age, min(problem.who.to_age, chart.age(chart.last))
        if latest > first and chart.sex in problem.who.sexes and chart.chance(problem.chance):
            days = (first + (latest - first) * chart.rng.random()) * 365.25
            onsets.append((problem, chart.birth + timedelta(days=int(days))))
    return onsets


def _visit_days(chart: Chart, problems: int) -> list[date]:
    days = [day for day in _child_days(chart) if chart.start <= day <= chart.last]
    grown = chart.birth + timedelta(days=int(18.5 * 365.25))
    day = max(chart.start, grown) + timedelta(days=chart.rng.randrange(20, 200))
    while day <= chart.last:
        # A visit that falls on a weekend takes place on the Friday before.
        days.append(day - timedelta(days=max(0, day.weekday() - 4)))
        # About one visit a year, and more often the more problems there are.
        gap = 365 / (0.9 + 0.22 * min(problems, 6))
        day += timedelta(days=int(gap * chart.rng.uniform(0.75, 1.25)))
    return days


def _child_days(chart: Chart) -> list[date]:
    return [
        chart.birth + timedelta(days=int(months * 30.44) + (months and chart.rng.randrange(12)))
        for months in _WELL_CHILD_MONTHS
    ]


def _acute(chart: Chart, day: date) -> Problem | None:
    """The short illness that a visit is for: one visit in four has one; newborns have jaundice."""
    if not chart.chance(0.25):
        return None
    if catalogue.NEWBORN_JAUNDICE.who.fits(chart.age(day), chart.sex):
        return catalogue.NEWBORN_JAUNDICE
    fitting = [
        problem
        for problem in catalogue.ACUTE
        if problem.who.fits(chart.age(day), chart.sex)
        and problem.since <= day
        and not chart.had(problem.icd10, 1.5, day)
    ]
    weights = [problem.chance for problem in fitting]
    return chart.rng.choices(fitting, weights)[0] if fitting else None


def _open(chart: Chart, frame: Frame, number: int, day: date, acute: Problem | None) -> Visit:
    seconds = chart.rng.randrange(14 * 60, 21 * 60) * 60
    when = datetime.combine(day, time(), UTC) + timedelta(seconds=seconds)
    routine = _WELL_CHILD if chart.age(day) < 18 else (_CHECK_UP, _FOLLOW_UP)[number % 2]
    return open_visit(chart, frame, when, _SYMPTOM if acute else routine, acute)


def _note_allergies(visit: Visit) -> None:
    rng = visit.chart.rng
    count = rng.choices((0, 1, 2), (62, 28, 10))[0] if visit.age > 1 else 0
    for allergy in rng.sample(catalogue.ALLERGIES, count):
        add_allergy(visit, allergy)
    if not count:
        add_no_known_allergy(visit)


def _note_problems(visit: Visit, onsets: list[tuple[Problem, date]], acute: Problem | None) -> None:
    chart = visit.chart
    for problem, onset in onsets:
        if onset <= visit.day and problem.icd10 not in chart.problems:
            chart.problems[problem.icd10] = problem
            add_condition(visit, problem, onset, None)
    if acute:
        chart.given[acute.icd10] = [visit.day]
        over = visit.day + timedelta(days=acute.days)
        onset = max(chart.birth, visit.day - timedelta(days=chart.rng.randrange(4)))
        add_condition(visit, acute, onset, over if over <= chart.last else None)


def _examine(visit: Visit, number: int, acute: Problem | None) -> None:
    add_vitals(visit, fever=acute is not None and acute.fever)
    if visit.age >= 13 and number % 2 == 0:
        _add_smoking(visit)
    for panel in _panels(visit, number):
        results = [add_result(visit, item, _value(visit, item)) for item in panel.analytes]
        add_report(visit, panel, results)


def _add_smoking(visit: Visit) -> None:
    place = visit.chart.setpoint("smoking")
    status = _SMOKING[0 if place < 0.6 or visit.age < 26 else 1 if place < 0.75 else 2]
    code = concept(LOINC, "72166-2", "Tobacco smoking status")
    value = {"valueCodeableConcept": concept(SNOMED, *status)}
    add_observation(visit, "social-history", code, value)


def _panels(visit: Visit, number: int) -> list[Panel]:
    """The laboratory panels of a visit: few for children; for adults at every third visit."""
    if visit.age < 18:
        return _child_panels(visit)
    if number % 3:
        return []
    panels = [labs.METABOLIC, labs.BLOOD_COUNT, labs.LIPIDS]
    panels += [panel for problem in visit.chart.problems.values() for panel in problem.panels]
    if visit.chart.sex == "M" and 50 <= visit.age < 75:
        panels.append(labs.PROSTATE)
    return list(dict.fromkeys(panels))


def _child_panels(visit: Visit) -> list[Panel]:
    if visit.age < 0.05:
        return [labs.JAUNDICE]
    if 0.9 < visit.age < 1.1 or 1.9 < visit.age < 2.2:
        return [labs.BLOOD_COUNT, labs.LEAD_SCREEN]
    return [labs.BLOOD_COUNT] if visit.chart.chance(0.2) else []


def _value(visit: Visit, analyte: Analyte) -> float:
    """A result near the person's setpoint, within the range that their problems give."""
    chart, (low, high) = visit.chart, (analyte.low, analyte.high)
    for problem in chart.problems.values():
        low, high = problem.shifts.get(analyte.loinc, (low, high))
    place = chart.setpoint(_TOGETHER.get(analyte.loinc, analyte.loinc)) + chart.rng.gauss(0, 0.08)
    return round(max(low + (high - low) * place, low * 0.7), analyte.digits or None)


def _treat(visit: Visit, acute: Problem | None) -> None:
    drugs = {
        drug: problem
        for problem in visit.chart.problems.values()
        for drug in problem.medications[: 2 if visit.chart.setpoint(problem.icd10) > 0.55 else 1]
    }
    if acute:
        drugs |= dict.fromkeys(acute.medications, acute)
    for drug, problem in drugs.items():
        add_prescription(visit, drug, problem)
    _vaccinate(visit)
    _do_procedures(visit)


def _vaccinate(visit: Visit) -> None:
    for vaccine in catalogue.VACCINES:
        if vaccine.since <= visit.day < vaccine.until and _is_due(visit, vaccine):
            visit.chart.given.setdefault(vaccine.cvx, []).append(visit.day)
            add_immunization(visit, vaccine)


def _is_due(visit: Visit, vaccine: Vaccine) -> bool:
    """Whether a dose is due: single doses catch up, one per visit; others may be missed."""
    chart = visit.chart
    if vaccine.months:
        # Doses from before the record began were given elsewhere.
        before = sum(month < chart.age(chart.start) * 12 for month in vaccine.months)
        by_now = sum(month <= visit.age * 12 + 0.4 for month in vaccine.months)
        return len(chart.given.get(vaccine.cvx, [])) < by_now - before
    if vaccine.seasonal and 2 <= visit.day.month <= 8:
        return False
    recent = chart.had(vaccine.cvx, vaccine.years, visit.day)
    return visit.age >= vaccine.from_age and not recent and chart.chance(0.4)


def _do_procedures(visit: Visit) -> None:
    chart = visit.chart
    for intervention in catalogue.INTERVENTIONS:
        fits = intervention.who.fits(visit.age, chart.sex)
        recent = chart.had(intervention.snomed, intervention.years, visit.day)
        if fits and not recent and chart.chance(intervention.chance):
            chart.given[intervention.snomed] = [visit.day]
            add_procedure(visit, intervention)


def _note(visit: Visit, acute: Problem | None) -> str:
    reason = acute.display if acute else "Routine visit"
    known = ", ".join(problem.display for problem in visit.chart.problems.values()) or "none"
    return f"Reason for visit: {reason}.\nKnown problems: {known}.\nPlan: as ordered today.\n"
