"""What the last step says of the round's query, and of the round that could come next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pages._ui.words.access import satisfied_words
from pages._ui.words.rounds import query_words
from services.diagnosis.rounds import Round, round_of
from services.diagnosis.verdict import QueryFacts, SourceFacts
from services.identity.access_state import (
    REFUSED,
    USED,
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    Limits,
    aal2_state,
    identity_state,
    why_not_ready,
)
from services.identity.individual_access import PersonAccess

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


PID = IdentityFacts("pid", at(5000))
GONE = IdentityFacts("pid", at(5000), at(3))
SPENT = Aal2SessionFacts("s", "t", "pid", at(6), "q", at(5), at(5), USED)
TURNED_AWAY = Aal2SessionFacts("s", "t", "pid", at(6), "q", at(5), at(5), REFUSED)
GIVEN_BACK = Aal2SessionFacts("s", "t", "pid", at(6))


def access(**facts: Any) -> PersonAccess:
    given = AccessFacts(**facts)
    states = identity_state(given, NOW), aal2_state(given, LIMITS, NOW)
    return PersonAccess(given, *states, why_not_ready(given, LIMITS, NOW), None, None)


def ias(status: str, *sources: SourceFacts, **facts: Any) -> QueryFacts:
    return QueryFacts("q", "ias", status, at(5), **facts, sources=sources)


def said(found: PersonAccess, query: QueryFacts | None) -> str:
    return query_words(round_of(found.facts, query, NOW), found, NOW)


HIE_FAILED = SourceFacts("hie", "failed")
ENDED = {"finished_at": at(2)}


@pytest.mark.parametrize(
    ("facts", "query", "told"),
    [
        ({}, None, "The person’s identity is not verified yet."),
        ({"identity": PID, "session": GIVEN_BACK}, None,
         "Everything is in place. The query spends the AAL2 session."),
        ({"identity": PID, "session": SPENT}, ias("submitting"),
         "Submitted 5 min ago. The request is on its way to Metriport."),
        ({"identity": PID, "session": SPENT}, ias("processing"),
         "Submitted 5 min ago. Metriport is asking the sources."),
        ({"identity": PID, "session": SPENT}, ias("completed", **ENDED),
         "Ended 2 min ago. Another round needs a new challenge."),
        ({"identity": PID, "session": SPENT},
         ias("partial", HIE_FAILED, SourceFacts("lab", "completed"), **ENDED),
         "Ended 2 min ago. HIE failed. Another round needs a new challenge."),
        ({"identity": PID, "session": SPENT},
         ias("failed", HIE_FAILED, SourceFacts("lab", "failed"), **ENDED),
         "Ended 2 min ago. HIE, Laboratory failed. Another round needs a new challenge."),
        ({"identity": PID, "session": TURNED_AWAY}, ias("rejected", **ENDED),
         "Ended 2 min ago. The AAL2 session has ended: a new challenge is needed."),
        ({"identity": PID, "session": GIVEN_BACK}, ias("rejected", **ENDED),
         "Ended 2 min ago. The AAL2 session is unspent: the query can be started again."),
        ({"identity": GONE, "session": TURNED_AWAY}, ias("rejected", **ENDED),
         "Ended 2 min ago. Another round needs a verified identity, then a challenge."),
        ({}, ias("completed", **ENDED),
         "Ended 2 min ago. Another round needs a verified identity, then a challenge."),
        ({"identity": PID, "session": SPENT}, ias("on hold"),
         "Submitted 5 min ago. Another round needs a new challenge."),
    ],
)  # fmt: skip
def test_the_last_step_says_how_far_the_query_is_and_what_is_next(
    facts: dict[str, Any], query: QueryFacts | None, told: str
) -> None:
    assert said(access(**facts), query) == told


def test_a_query_without_an_answer_offers_no_other_round() -> None:
    told = said(access(identity=PID, session=SPENT), ias("unconfirmed"))
    assert "may or may not be running" in told and "Another round" not in told


def test_a_challenge_that_is_behind_the_person_is_told_as_that() -> None:
    own = satisfied_words(access(identity=PID, session=SPENT), "q", NOW)
    assert own == "Satisfied 6 min ago. The IAS query used the session."
    for elsewhere in (access(), access(identity=PID, session=SPENT)):
        assert "the company’s own app" in satisfied_words(elsewhere, "another", NOW)


def test_without_a_query_nothing_is_behind_anybody() -> None:
    assert not Round().is_satisfied and not Round().may_begin_another
