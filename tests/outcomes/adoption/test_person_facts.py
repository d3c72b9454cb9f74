"""What one person is counted by: the steps, the weeks and months, and what became of things."""

from dataclasses import replace
from datetime import date

import pytest

from services.outcomes.adoption.fates import Fate, Found, LinkFate, Method
from services.outcomes.adoption.person_facts import person_facts
from services.outcomes.adoption.person_rows import PersonRows
from services.outcomes.adoption.steps import (
    STEPS,
    STEPS_WITHOUT_CONSENT,
    Step,
    count_in_a_row,
    step_times,
)
from tests.outcomes.adoption.people import (
    at,
    challenge,
    counted,
    days,
    query,
    satisfied,
    verification,
    whole_way,
)


def reached(person: PersonRows, consent: bool = True) -> int:
    steps = STEPS if consent else STEPS_WITHOUT_CONSENT
    return count_in_a_row(person_facts(person).moments, steps)


def test_somebody_on_the_whole_way_has_every_step_at_its_first_moment() -> None:
    facts = person_facts(whole_way())
    assert facts.moments == {step: at(10 * number) for number, step in enumerate(STEPS)}
    assert facts.method is Method.RESISTANT
    times = [took.seconds for took in step_times(facts.moments)]
    # Eight pairs with the consent, and one from the opening straight to the verification.
    assert times == [600.0] * 8 + [1200.0]


@pytest.mark.parametrize("missing", STEPS)
def test_a_step_that_is_missing_ends_the_row(missing: Step) -> None:
    moments = {step: at(number) for number, step in enumerate(STEPS) if step is not missing}
    assert count_in_a_row(moments) == STEPS.index(missing)
    without = STEPS_WITHOUT_CONSENT
    expected = len(without) if missing is Step.CONSENT else without.index(missing)
    assert count_in_a_row(moments, without) == expected


def test_without_a_consent_people_stop_where_it_is_a_step_and_go_on_where_it_is_none() -> None:
    person = replace(whole_way(), consents_at=[])
    assert reached(person) == 2
    assert reached(person, consent=False) == 8


def test_a_consent_that_was_imported_before_the_link_is_a_step_that_took_no_time() -> None:
    person = replace(whole_way(), consents_at=[at(-days(30))])
    assert reached(person) == 9
    pairs = [(took.start, took.end) for took in step_times(person_facts(person).moments)]
    assert (Step.OPENED, Step.CONSENT) not in pairs
    assert (Step.OPENED, Step.VERIFIED) in pairs


def test_repeated_steps_count_at_their_first_moment() -> None:
    person = whole_way()
    again = verification(5000, 5010)
    person.links.append(again)
    person.verified_at.append(at(5030))
    person.queries.append(query("q2", 5060))
    person.counts.append(counted(5100, 3))
    assert person_facts(person).moments == person_facts(whole_way()).moments


def test_steps_out_of_order_are_reached_all_the_same() -> None:
    person = whole_way()
    person.verified_at[0] = at(5)
    facts = person_facts(person)
    assert count_in_a_row(facts.moments) == 9
    pairs = {(took.start, took.end) for took in step_times(facts.moments)}
    assert (Step.CONSENT, Step.VERIFIED) not in pairs and (Step.OPENED, Step.VERIFIED) not in pairs


def test_a_link_that_was_withdrawn_before_anybody_opened_it_was_never_made() -> None:
    assert reached(PersonRows(links=[verification(0, withdrawn=True)])) == 0
    both = PersonRows(links=[verification(0, withdrawn=True), verification(100, 110)])
    assert person_facts(both).moments[Step.MADE] == at(100)


@pytest.mark.parametrize("status", ["rejected", "not_started", "unconfirmed", "submitting"])
def test_a_query_that_metriport_did_not_take_is_not_started(status: str) -> None:
    facts = person_facts(PersonRows(queries=[query("q", 0, status, took=None)]))
    assert Step.STARTED not in facts.moments and not facts.weeks


def test_treatment_is_no_step_and_its_records_are_not_received() -> None:
    person = PersonRows(queries=[query("t", 0, purpose="treatment")], counts=[counted(10, 9)])
    facts = person_facts(person)
    assert facts.moments == {} and facts.weeks == []
    assert [(row.id, found) for row, found in facts.brought] == [("t", Found.SOME)]


def test_records_count_as_received_once_something_was_found_after_individual_access() -> None:
    person = whole_way()
    person.counts = [counted(30, 99), counted(79, 0), counted(days(20), 4)]
    assert person_facts(person).moments[Step.RECEIVED] == at(days(20) + 1)


def test_records_are_received_without_any_link_of_ours() -> None:
    external = query("q", 0, origin="external")
    facts = person_facts(PersonRows(queries=[external], counts=[counted(10, 1)]))
    assert Step.RECEIVED in facts.moments and count_in_a_row(facts.moments) == 0


def test_two_identities_count_as_verified_at_the_first() -> None:
    person = whole_way()
    person.verified_at = [at(25), at(9000)]
    person.links += [verification(8990, 8995)]
    facts = person_facts(person)
    assert facts.moments[Step.VERIFIED] == at(25) and count_in_a_row(facts.moments) == 9


def test_weeks_and_months_are_of_utc_and_only_the_first_is_new() -> None:
    # Sunday, September 13, 23:59 UTC; a minute later; October 1, 0:00; in the third month.
    minutes = [days(6) + 839, days(6) + 840, days(23) + 840, days(70)]
    queries = [query(f"q{number}", minute) for number, minute in enumerate(minutes)]
    facts = person_facts(PersonRows(queries=queries))
    weeks = [(week.start, week.queries, week.is_new) for week in facts.weeks]
    assert weeks[:2] == [(date(2026, 9, 7), 1, True), (date(2026, 9, 14), 1, False)]
    months = [(month.start, month.queries, month.is_new) for month in facts.months]
    assert months == [
        (date(2026, 9, 1), 2, True),
        (date(2026, 10, 1), 1, False),
        (date(2026, 11, 1), 1, False),
    ]
    assert facts.months_later == [0, 1, 2]


def test_a_week_is_external_only_where_another_program_started_all_of_it() -> None:
    queries = [
        query("a", 0, origin="external"),
        query("b", 10),
        query("c", days(7), origin="external"),
    ]
    facts = person_facts(PersonRows(queries=queries))
    assert [week.origin for week in facts.weeks] == ["dashboard", "external"]
    assert [month.origin for month in facts.months] == ["dashboard"]


def test_the_facility_is_that_of_the_newest_query_that_names_one() -> None:
    queries = [query("a", 0, facility="f1"), query("b", 1, facility="f2"), query("c", 2)]
    assert person_facts(PersonRows(queries=queries)).facility_id == "f2"
    assert person_facts(PersonRows(queries=queries[2:])).facility_id is None


def test_what_became_of_links() -> None:
    links = [
        verification(0),
        verification(30),
        verification(100, 110),
        verification(200, withdrawn=True),
        challenge(300),
        # Made after the one before had expired.
        challenge(400),
    ]
    fates = [fate for _, fate in person_facts(PersonRows(links=links)).links]
    assert fates == [
        LinkFate.REPLACED,
        LinkFate.UNOPENED,
        LinkFate.OPENED,
        LinkFate.WITHDRAWN,
        LinkFate.UNOPENED,
        LinkFate.UNOPENED,
    ]


@pytest.mark.parametrize(
    ("person", "fate"),
    [
        (whole_way(), Fate.RECORDS),
        (replace(whole_way(), counts=[counted(79, 0)]), Fate.NO_RECORDS),
        (replace(whole_way(), counts=[]), Fate.NOT_COUNTED),
        # What was fetched before the query ended says nothing about it.
        (replace(whole_way(), counts=[counted(65, 7)]), Fate.NOT_COUNTED),
        (replace(whole_way(), queries=[query("q", 60, "partial")]), Fate.RECORDS),
        (replace(whole_way(), queries=[query("q", 60, "failed")]), Fate.FAILED),
        (replace(whole_way(), queries=[query("q", 60, "rejected")]), Fate.REJECTED),
        (replace(whole_way(), queries=[query("q", 60, "unconfirmed")]), Fate.UNANSWERED),
        (replace(whole_way(), queries=[query("q", 60, "not_started")]), Fate.UNANSWERED),
        (replace(whole_way(), queries=[query("q", 60, "processing")]), Fate.RUNNING),
        (replace(whole_way(), queries=[query("q", 60, "on-hold")]), Fate.RUNNING),
        (replace(whole_way(), queries=[]), Fate.UNANSWERED),
    ],
)
def test_what_became_of_a_session_that_was_used(person: PersonRows, fate: Fate) -> None:
    [session] = person_facts(person).sessions
    assert (session.fate, session.method, session.at) == (fate, Method.RESISTANT, at(50))


@pytest.mark.parametrize(
    ("end", "fate"),
    [
        (None, Fate.OPEN),
        ("expired", Fate.EXPIRED),
        ("replaced", Fate.REPLACED),
        ("refused", Fate.REFUSED),
    ],
)
def test_what_became_of_a_session_that_was_not_used(end: str | None, fate: Fate) -> None:
    sent = challenge(0, 1, method=None)
    person = PersonRows(links=[sent], satisfied=[satisfied(sent, 3, end=end)])
    [session] = person_facts(person).sessions
    assert session.fate is fate and session.method is None


def test_a_session_that_upstream_refused_with_its_query_was_refused() -> None:
    person = replace(whole_way(), queries=[query("q", 60, "rejected")])
    person.satisfied = [satisfied(person.links[1], 50, used_by="q", end="refused")]
    assert [session.fate for session in person_facts(person).sessions] == [Fate.REFUSED]


def test_a_challenge_counts_once_however_many_browsers_return_from_it() -> None:
    person = whole_way()
    invented = [satisfied(person.links[1], 51 + number) for number in range(5)]
    person.satisfied = [*person.satisfied, *invented]
    assert [session.fate for session in person_facts(person).sessions] == [Fate.RECORDS]
    person.satisfied = invented
    assert [session.at for session in person_facts(person).sessions] == [at(55)]


def test_a_fetch_tells_of_the_newest_query_before_it_only() -> None:
    person = PersonRows(
        queries=[query("a", 0), query("b", 10), query("c", 20, "failed"), query("d", 30)],
        counts=[counted(25, 0), counted(26, 8), counted(50, 3)],
    )
    brought = {row.id: found for row, found in person_facts(person).brought}
    assert brought == {"a": Found.NOT_COUNTED, "b": Found.NONE, "d": Found.SOME}


def test_nobody_is_counted_by_nothing() -> None:
    facts = person_facts(PersonRows())
    assert facts.moments == {} and facts.months_later == [] and not facts.links
