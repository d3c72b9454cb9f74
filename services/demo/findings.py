"""Examples of every finding: some of the sandbox's past queries, each with its evidence broken.

What stands in the access log cannot be changed once it is written: `OddEvents` says how events of
the past differ from what they would have been.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from services.demo import broken_access, broken_treatment
from services.demo.evidence import queries_of_staff
from services.demo.example import Example, OddEvents
from services.demo.scenario_rows import ScenarioPerson
from services.queries.requests import IAS, TREATMENT
from services.queries.status import COMPLETED
from services.store.tables import Aal2Challenge, Aal2Session, NetworkQuery

_SINCE, _UNTIL = timedelta(days=27), timedelta(days=2)
"""Between so long ago examples are looked for."""

_BETWEEN = timedelta(seconds=70)
"""Between two looks of somebody who opens one person after the other."""

_RESISTANT_OF = 3
"""Of so many challenges one was answered with a passkey."""


def break_evidence(session: Session, people: Sequence[ScenarioPerson], now: datetime) -> OddEvents:
    """Break the evidence of some past queries; `now` is the first start (aware UTC).

    People with a demo scenario or a trouble are left as they are. A past with few queries has few
    examples.
    """
    odd = OddEvents()
    ordinary = {str(one.patient["id"]) for one in people if not one.scenario}
    queries = [row for row in queries_of_staff(session, IAS) if row.patient_id in ordinary]
    _answer_some_with_passkeys(session, queries)
    # One query for each person, so that one example does not change another.
    single = {row.patient_id: row for row in queries}
    recent = (row for row in reversed(single.values()) if _is_example(row, now))
    for break_one, query in zip(broken_access.BREAKS, recent, strict=False):
        break_one(Example(session, query, odd))
    treatments = (
        row for row in _treatments(session, now) if row.patient_id in ordinary - {*single}
    )
    for break_one, query in zip(broken_treatment.BREAKS, treatments, strict=False):
        break_one(Example(session, query, odd))
    at = now - timedelta(days=6, hours=2)
    odd.crowd += [(one, at + _BETWEEN * number) for number, one in enumerate(sorted(ordinary)[:34])]
    session.flush()
    return odd


def _is_example(query: NetworkQuery, now: datetime) -> bool:
    is_recent = now - _SINCE < query.submitted_at < now - _UNTIL
    return is_recent and query.status == COMPLETED and query.aal2_session_id is not None


def _treatments(session: Session, now: datetime) -> Iterator[NetworkQuery]:
    """The newest of each person's treatment queries that can be an example."""
    newest = {row.patient_id: row for row in queries_of_staff(session, TREATMENT)}
    for row in reversed(newest.values()):
        if now - _SINCE < row.submitted_at < now - _UNTIL and row.status == COMPLETED:
            yield row


def _answer_some_with_passkeys(session: Session, queries: Sequence[NetworkQuery]) -> None:
    """A third of the challenges was answered in a way that resists phishing."""
    for query in queries[::_RESISTANT_OF]:
        if query.aal2_session_id:
            used = session.get_one(Aal2Session, query.aal2_session_id)
            session.get_one(Aal2Challenge, used.challenge_id).method = "webauthn"
