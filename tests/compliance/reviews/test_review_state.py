"""The state of a review item from every sequence of up to four decisions by three people."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from services.compliance.reviews.review_state import (
    Bar,
    Judgement,
    ReviewState,
    ReviewStatus,
    Vote,
    bar_to,
    may_help,
    new_among,
    state_of,
)

TODAY = date(2026, 9, 14)
LATER = TODAY + timedelta(days=7)
PEOPLE = "abc"
YES, NO, LATER_ON = Judgement.JUSTIFIED, Judgement.NOT_JUSTIFIED, Judgement.FOLLOW_UP
LETTERS = {"j": YES, "n": NO, "f": LATER_ON}


def votes(text: str) -> list[Vote]:
    """The decisions in "aj bn": a says justified, then b says not justified."""
    return [vote(word) for word in text.split()]


def vote(word: str) -> Vote:
    judgement = LETTERS[word[1]]
    return Vote(word[0], judgement, LATER if judgement is LATER_ON else None)


def state(text: str, today: date = TODAY) -> ReviewState:
    return state_of(votes(text), today)


def sequences() -> Iterator[str]:
    words = [person + letter for person in PEOPLE for letter in LETTERS]
    for length in range(5):
        yield from (" ".join(chosen) for chosen in product(words, repeat=length))


ALL = list(sequences())


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("", "open"),
        ("aj", "closed justified"),
        ("an", "second"),
        ("an an", "second"),
        ("an aj", "second"),
        ("an bn", "closed not_justified"),
        ("an bj", "disputed"),
        ("an bj cj", "closed justified"),
        ("an bj cn", "closed not_justified"),
        ("an bj aj", "closed justified"),
        ("an bj bn", "closed not_justified"),
        ("an aj bj", "closed justified"),
        ("an aj bn", "disputed"),
        ("an aj bn an", "closed not_justified"),
        ("af", "follow_up"),
        ("af bj", "closed justified"),
        ("af an", "second"),
        ("an af", "follow_up"),
        ("an bf bj", "disputed"),
        ("an bf bn", "closed not_justified"),
        ("an af bn", "closed not_justified"),
        ("an bj cf", "follow_up"),
        ("an bj cf cj", "closed justified"),
        ("aj bn cn", "closed justified"),
    ],
)
def test_what_reviewers_have_said(said: str, stands: str) -> None:
    assert name_of(state(said)) == stands


def name_of(found: ReviewState) -> str:
    if found.is_disputed and found.status is ReviewStatus.SECOND:
        return "disputed"
    return " ".join(filter(None, [found.status.value, found.outcome]))


def test_there_are_all_sequences() -> None:
    assert len(ALL) == 1 + 9 + 9**2 + 9**3 + 9**4


def expected(text: str) -> str:
    """The rules once more, said otherwise: looked at from the words of pairs of people."""
    said = text.split()
    for length in range(1, len(said) + 1):
        begun = said[:length]
        if begun[-1][1] == "f":
            continue
        last = {word[0]: word[1] for word in begun if word[1] != "f"}
        if not any(word[1] == "n" for word in begun):
            return "closed justified"
        both = [person for person, letter in last.items() if letter == begun[-1][1]]
        if len(both) == 2:
            return f"closed {LETTERS[begun[-1][1]].value}"
    if said and said[-1][1] == "f":
        return "follow_up"
    last = {word[0]: word[1] for word in said if word[1] != "f"}
    if not last:
        return "open"
    return "disputed" if len(set(last.values())) == 2 else "second"


def test_every_sequence_ends_as_the_rules_say() -> None:
    for text in ALL:
        assert name_of(state(text)) == expected(text), text


def test_nobody_alone_closes_what_they_called_not_justified() -> None:
    alone = [text for text in ALL if len({word[0] for word in text.split()}) == 1]
    for text in alone:
        begun_with = [word[1] for word in text.split() if word[1] != "f"][:1]
        if begun_with != ["j"]:
            assert state(text).status is not ReviewStatus.CLOSED, text


def test_what_follows_a_closed_item_changes_nothing() -> None:
    for text in ALL:
        if state(text).status is not ReviewStatus.CLOSED or len(text.split()) == 4:
            continue
        for person, letter in product(PEOPLE, LETTERS):
            assert state(f"{text} {person}{letter}") == state(text), text


def test_who_is_called_what_does_not_matter() -> None:
    turned = str.maketrans("abc", "bca")
    for text in ALL:
        # The letters of the judgements are none of these three.
        assert name_of(state(text.translate(turned))) == name_of(state(text)), text


def test_a_follow_up_takes_nothing_back_and_ends_nothing() -> None:
    for text in ALL:
        if len(text.split()) == 4 or state(text).status is ReviewStatus.CLOSED:
            continue
        followed = state(f"{text} cf")
        assert followed.status is ReviewStatus.FOLLOW_UP, text
        assert followed.due_on == LATER
        assert followed.words == state(text).words
        # On its day the item comes back as it stood before.
        back = state(f"{text} cf", LATER)
        assert back.status is (ReviewStatus.SECOND if back.words else ReviewStatus.OPEN)


def test_the_day_itself_is_the_day_on_which_it_comes_back() -> None:
    day_before = LATER - timedelta(days=1)
    assert state("af", day_before).status is ReviewStatus.FOLLOW_UP
    assert state("af", LATER).status is ReviewStatus.OPEN
    assert state("an bf", LATER).status is ReviewStatus.SECOND


def test_a_follow_up_without_a_day_waits_for_nobody() -> None:
    assert state_of([Vote("a", LATER_ON)], TODAY).status is ReviewStatus.OPEN


def test_nobody_reviews_what_they_did() -> None:
    assert bar_to("a", "a", "open") is Bar.OWN
    assert bar_to("a", "a", "closed") is Bar.OWN
    assert bar_to("a", "b", "second") is None
    assert bar_to("a", None, "open") is None
    assert bar_to("a", "b", "closed") is Bar.CLOSED


def test_who_has_judged_waits_for_another_unless_it_is_disputed() -> None:
    assert not may_help("a", state("an"))
    assert may_help("b", state("an"))
    assert may_help("a", state("an bj"))
    assert may_help("a", state("af"))


def test_new_findings_are_those_that_were_not_known() -> None:
    assert new_among(["x", "y"], ["y"]) == ["x"]
    assert new_among([], ["y"]) == []
