"""Which consent counts at a moment: every side of every limit, and any order of the rows."""

from itertools import permutations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.identity.consent.consent_state import (
    NO_CONSENT,
    ConsentRule,
    ConsentState,
    consent_at,
    last_withdrawal,
    why_refused,
)
from services.store.tables import Consent
from tests.identity.consent.rows import consent, hour

NONE, GIVEN = ConsentState.NONE, ConsentState.GIVEN
ENDED, REVOKED = ConsentState.ENDED, ConsentState.REVOKED

TABLE = [
    # Before it is given, and from that moment on.
    ([consent("a", 0)], -0.001, NONE, None),
    ([consent("a", 0)], 0, GIVEN, "a"),
    ([consent("a", 0)], 10_000, GIVEN, "a"),
    # Until before its end.
    ([consent("a", 0, ends=2)], 1.999, GIVEN, "a"),
    ([consent("a", 0, ends=2)], 2, ENDED, "a"),
    # Until before it is withdrawn.
    ([consent("a", 0, revoked=2)], 1.999, GIVEN, "a"),
    ([consent("a", 0, revoked=2)], 2, REVOKED, "a"),
    ([consent("a", 0, revoked=0)], 0, REVOKED, "a"),
    # What came first ended it.
    ([consent("a", 0, ends=2, revoked=1)], 3, REVOKED, "a"),
    ([consent("a", 0, ends=2, revoked=2)], 3, ENDED, "a"),
    ([consent("a", 0, ends=2, revoked=2.5)], 3, ENDED, "a"),
    # A new agreement after an end or a withdrawal, also at its very moment.
    ([consent("a", 0, ends=1), consent("b", 3)], 2, ENDED, "a"),
    ([consent("a", 0, ends=1), consent("b", 3)], 3, GIVEN, "b"),
    ([consent("a", 0, revoked=1), consent("b", 3)], 2, REVOKED, "a"),
    ([consent("a", 0, revoked=1), consent("b", 3)], 3, GIVEN, "b"),
    ([consent("a", 0, revoked=1), consent("b", 1)], 1, GIVEN, "b"),
    # Of two that count, the newest.
    ([consent("a", 0), consent("b", 1)], 2, GIVEN, "b"),
    ([consent("a", 0), consent("b", 1, ends=2)], 3, GIVEN, "a"),
    # A withdrawal ends what was given before it, whichever row holds it.
    ([consent("a", 0), consent("b", 1, revoked=2)], 3, REVOKED, "b"),
    ([consent("a", 0, revoked=2), consent("b", 1)], 3, REVOKED, "b"),
    ([consent("a", 0, revoked=2), consent("b", 1)], 1.5, GIVEN, "b"),
    # Recorded later, given earlier: its own time counts.
    ([consent("a", 0, recorded_at=hour(50))], 1, GIVEN, "a"),
    ([consent("a", 0, revoked=2), consent("b", 1, recorded_at=hour(5))], 6, REVOKED, "b"),
    # A withdrawal that is still to come ends nothing yet.
    ([consent("a", 0), consent("b", 1, revoked=9)], 3, GIVEN, "b"),
    # The clock went back between the agreement and its withdrawal.
    ([consent("a", 0, revoked=-1)], 0, REVOKED, "a"),
    ([consent("a", 0, revoked=-1)], 5, REVOKED, "a"),
    ([consent("a", 0, revoked=-1), consent("b", 1)], 2, GIVEN, "b"),
    ([], 0, NONE, None),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "at", "state", "name"), TABLE)
def test_the_state_at_a_moment(
    rows: list[Consent], at: float, state: ConsentState, name: str | None
) -> None:
    for ordered in permutations(rows):
        facts = consent_at(ordered, hour(at))
        assert (facts.state, facts.row.id if facts.row else None) == (state, name)
        assert facts.is_given is (state is GIVEN)


@pytest.mark.parametrize(
    ("row", "over"),
    [
        (consent("a", 0, ends=2), 2),
        (consent("a", 0, revoked=1), 1),
        (consent("a", 0, ends=2, revoked=1), 1),
        (consent("a", 0, ends=1, revoked=2), 1),
        (consent("a", 0, revoked=-1), 0),
    ],
)
def test_since_when_it_is_over(row: Consent, over: float) -> None:
    assert consent_at([row], hour(9)).over_at == hour(over)


def test_while_it_counts_it_is_not_over() -> None:
    assert consent_at([consent("a", 0, ends=2)], hour(1)).over_at is None


HOURS = st.integers(-3, 3)
ROWS = st.lists(st.tuples(HOURS, st.none() | HOURS, st.none() | HOURS, HOURS), max_size=5)


@for_all(ROWS, HOURS, st.randoms(use_true_random=False))
def test_no_order_of_the_rows_changes_the_state(rows: list, at: int, random: object) -> None:
    made = [
        consent(f"{index}", begin, end, out, recorded_at=hour(seen))
        for index, (begin, end, out, seen) in enumerate(rows)
    ]
    facts = consent_at(made, hour(at))
    random.shuffle(made)  # type: ignore[attr-defined]
    assert consent_at(made, hour(at)) == facts
    # Whoever has not agreed by then has no consent, and nothing else ever has none.
    assert (facts == NO_CONSENT) is all(row.given_at > hour(at) for row in made)


@for_all(ROWS, HOURS)
def test_nobody_counts_as_agreed_right_after_they_withdrew(rows: list, at: int) -> None:
    made = [
        consent(f"{index}", begin, end, out, recorded_at=hour(seen))
        for index, (begin, end, out, seen) in enumerate(rows)
    ]
    withdrawn = consent("w", at - 1, revoked=at)
    earlier = [row for row in made if row.given_at < hour(at)]
    assert consent_at([*earlier, withdrawn], hour(at)).state in (REVOKED, ENDED)


@pytest.mark.parametrize("rule", ConsentRule)
def test_only_where_it_is_required_a_query_is_refused(rule: ConsentRule) -> None:
    given, row = hour(1), consent("a", 0)
    assert why_refused(consent_at([row], given), rule) == ""
    for facts in (
        NO_CONSENT,
        consent_at([consent("a", -1, ends=0)], given),
        consent_at([consent("a", -1, revoked=0)], given),
    ):
        assert bool(why_refused(facts, rule)) is (rule is ConsentRule.REQUIRED)


def test_the_last_withdrawal() -> None:
    rows = [consent("a", 0, revoked=2), consent("b", 0, revoked=1), consent("c", 5)]
    assert last_withdrawal(rows) == hour(2)
    assert last_withdrawal(rows[2:]) is None
    assert last_withdrawal([]) is None
