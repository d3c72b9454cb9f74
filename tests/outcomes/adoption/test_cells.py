"""What people add to the rollups, and that nothing is lost or kept twice."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.outcomes.adoption.cells import cells_of, cells_of_facts, counted_of
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.person_facts import person_facts
from services.outcomes.adoption.person_rows import PersonRows
from services.outcomes.adoption.purged import with_purged
from services.outcomes.adoption.steps import STEPS
from tests.outcomes.adoption.people import at, counted, days, query, verification, whole_way


def numbers(person: PersonRows) -> Counter[tuple[object, ...]]:
    cells = cells_of_facts(person_facts(person))
    return Counter((cell.cube, str(cell.at)[:10], *cell.key) for cell in cells)


def test_somebody_on_the_whole_way_is_counted_once_in_each_cube() -> None:
    found = numbers(whole_way())
    times = {key: number for key, number in found.items() if key[0] == "step_time"}
    assert len(times) == 9 and set(times.values()) == {1}
    behind = {key[1:-1] for key in found if key[0] == "behind"}
    assert behind == {
        (start, width, of, fate)
        for start, width in (("2026-09-07", "week"), ("2026-09-01", "month"))
        for of, fate in (("aal2", "records"), ("identity:link", "opened"), ("aal2:link", "opened"))
    }
    others = {key: number for key, number in found.items() if key[0] not in ("step_time", "behind")}
    assert others == {
        ("received", "2026-09-07", 0): 1,
        ("funnel", "2026-09-07", 9, "resistant", 0): 1,
        ("funnel_no_consent", "2026-09-07", 8, "resistant", 0): 1,
        ("active_week", "2026-09-07", "new", "dashboard", 0): 1,
        ("active_month", "2026-09-01", "new", "dashboard", 0): 1,
        ("per_person", "2026-09-01", 1, "dashboard", 0): 1,
        ("retention", "2026-09-01", 0, "dashboard", 0): 1,
        ("aal2", "2026-09-07", "records", "resistant", 0): 1,
        ("links", "2026-09-07", "identity", "opened", 0): 1,
        ("links", "2026-09-07", "aal2", "opened", 0): 1,
        ("records", "2026-09-07", "ias", "some", "dashboard", 0): 1,
    }


def test_people_of_a_test_are_told_apart_in_every_cube() -> None:
    cells = cells_of_facts(person_facts(replace(whole_way(), test=True)))
    assert {cell.key[-1] for cell in cells} == {1}


def test_ten_or_more_queries_of_a_month_are_one_group() -> None:
    person = PersonRows(queries=[query(f"q{number}", number) for number in range(14)])
    assert numbers(person)["per_person", "2026-09-01", 10, "dashboard", 0] == 1


def test_the_cells_come_back_from_json_as_they_were() -> None:
    facts = person_facts(whole_way())
    assert cells_of(json.loads(json.dumps(counted_of(facts)))) == list(cells_of_facts(facts))
    assert cells_of(None) == []


def test_only_records_have_a_time_of_day_and_each_slice_has_all() -> None:
    person = replace(whole_way(), queries=[query("q", 60, took=10, facility="f1")])
    found = PeopleCounting().count(counted_of(person_facts(person)))
    assert {place.cube for place in found if place.quarter >= 0} == {"records"}
    assert {place.quarter for place in found if place.cube == "records"} == {44}
    everything = Counter(place.cube for place in found if place.slice == "")
    assert everything == Counter(place.cube for place in found if place.slice == "facility:f1")
    assert set(found.values()) == {1}


def row_of(person: PersonRows) -> dict[str, Any]:
    facts = person_facts(person)
    moments = {f"{step.value}_at": facts.moments.get(step) for step in STEPS}
    return {**moments, "counted": counted_of(facts)}


def test_what_a_purge_took_from_the_log_stays_counted() -> None:
    first = whole_way()
    later = [query("later", days(400)), query("latest", days(430))]
    whole = PersonRows(
        links=first.links,
        verified_at=first.verified_at,
        consents_at=first.consents_at,
        satisfied=first.satisfied,
        queries=[*first.queries, *later],
        counts=first.counts,
    )
    left = PersonRows(queries=later)
    merged = with_purged(person_facts(left), left, row_of(whole))
    assert Counter(cells_of_facts(merged)) == Counter(cells_of_facts(person_facts(whole)))
    assert merged.moments == person_facts(whole).moments


def test_what_is_left_is_counted_anew_and_nothing_twice() -> None:
    person = whole_way()
    before = row_of(person)
    person.queries.append(query("second", 200))
    person.counts.append(counted(210, 1))
    person.links.append(verification(300))
    facts = person_facts(person)
    assert with_purged(facts, person, before) == facts


def test_what_was_corrected_is_not_taken_for_purged() -> None:
    person = whole_way()
    before = row_of(person)
    refused = replace(person, queries=[query("q", 60, "failed")], counts=[])
    facts = person_facts(refused)
    assert with_purged(facts, refused, before) == facts


def test_midnight_of_utc_divides_days() -> None:
    late = whole_way(start=days(0.5) + 119)
    assert datetime(2026, 9, 7, 23, 59, tzinfo=UTC) == late.links[0].made_at
    assert numbers(late)["funnel", "2026-09-07", 9, "resistant", 0] == 1
    assert numbers(late)["aal2", "2026-09-08", "records", "resistant", 0] == 1
    assert at(0).tzinfo is UTC
