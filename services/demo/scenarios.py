"""The demo scenarios: what the log holds about certain people when the sandbox first starts.

A scenario is named after the verdict that its person's page shows. Its times lie shortly before
the first start; links that are still open stay open for days, so that there is time to look.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from services.demo.scenario_rows import STAFF, ScenarioPerson, ScenarioWriter
from services.identity.access_state import EXPIRED, REFUSED
from services.identity.returns import VERIFIED
from services.ids import new_id
from services.queries.requests import IAS, TREATMENT
from services.queries.status import (
    COMPLETED,
    FAILED,
    NOT_STARTED,
    REJECTED,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)
from services.store.tables import RecordRequest

# Links of a scenario stay open this long.
_STILL_OPEN = timedelta(days=3)


def fill_scenarios(session: Session, people: Sequence[ScenarioPerson], now: datetime) -> None:
    """Add the rows of everybody's demo scenario to `session`; `now` is the first start (aware UTC).

    Raises `KeyError` for a scenario that is not known.
    """
    for person in people:
        if person.scenario:
            writer = ScenarioWriter(person, now)
            # Each row is sent at once, parents before children: PostgreSQL checks a reference when
            # its row arrives, and one flush of all rows would not keep this order.
            for row in _SCENARIOS[person.scenario](writer):
                session.add(row)
                session.flush()


Scenario = Callable[[ScenarioWriter], Iterator[SQLModel]]
"""Yields the rows of one scenario, each after the rows that it refers to."""


# The names of the functions are those of the scenarios; data/README.md has a table of them all.


def _identity_none(_: ScenarioWriter) -> Iterator[SQLModel]:
    yield from ()


def _identity_unopened(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield writer.verification(20, _STILL_OPEN)


def _identity_opened(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield writer.verification(9, _STILL_OPEN, opened_at=writer.at(4))


def _identity_overdue(writer: ScenarioWriter) -> Iterator[SQLModel]:
    moments = {"opened_at": writer.at(50), "returned_at": writer.at(43)}
    yield writer.verification(58, timedelta(hours=1), **moments)


def _identity_link_expired(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield writer.verification(60 * 27, timedelta(hours=1))


def _aal2_none(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield writer.identity(70)


def _aal2_unopened(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield from (writer.identity(90), writer.challenge(12, _STILL_OPEN))


def _aal2_opened(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield from (writer.identity(90), writer.challenge(6, _STILL_OPEN, opened_at=writer.at(2)))


def _aal2_link_expired(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield from (writer.identity(600), writer.challenge(95))


def _aal2_declined(writer: ScenarioWriter) -> Iterator[SQLModel]:
    sent = writer.challenge(26, opened_at=writer.at(24), returned_at=writer.at(22))
    sent.returned_status = "failed"
    yield from (writer.identity(600), sent)


def _aal2_expired(writer: ScenarioWriter) -> Iterator[SQLModel]:
    sent = writer.challenge(80, opened_at=writer.at(79), returned_at=writer.at(77))
    sent.returned_status = VERIFIED
    yield from (writer.identity(600), sent)
    yield writer.session(sent, end_reason=EXPIRED, ended_at=writer.at(47))


def _aal2_used(writer: ScenarioWriter) -> Iterator[SQLModel]:
    yield from writer.individual_access(200)


def _ended(status: str, purpose: str, **more: Any) -> Scenario:
    """A query that ended without a source; an IAS query comes with its identity and session."""

    def scenario(writer: ScenarioWriter) -> Iterator[SQLModel]:
        query = writer.query(status, 35, purpose, **more)
        yield from writer.individual_access(35, query, REFUSED) if purpose == IAS else [query]
        yield from writer.sources(query, hie=NOT_STARTED, lab=NOT_STARTED)

    return scenario


def _unconfirmed(purpose: str) -> Scenario:
    """A query whose start was not answered."""

    def scenario(writer: ScenarioWriter) -> Iterator[SQLModel]:
        query = writer.query(UNCONFIRMED, 35, purpose, error_kind="no_answer")
        query.error_detail = "Metriport did not answer in time."
        query.next_check_at = query.submitted_at + UNCONFIRMED_FOR
        yield from writer.individual_access(35, query) if purpose == IAS else [query]
        yield from writer.sources(query, hie="submitting", lab="submitting")

    return scenario


def _ias_failed(writer: ScenarioWriter) -> Iterator[SQLModel]:
    query = writer.query(FAILED, 35, IAS, request_id=new_id(writer.at(35)))
    yield from writer.individual_access(35, query)
    yield from writer.sources(query, hie=FAILED, lab=FAILED)


def _not_asked(status: int, message: str) -> Scenario:
    """A query whose laboratory source could not be started."""

    def scenario(writer: ScenarioWriter) -> Iterator[SQLModel]:
        query = writer.query(COMPLETED, 50, TREATMENT, request_id=new_id(writer.at(50)))
        yield query
        hie, lab = writer.sources(query, hie=COMPLETED, lab=NOT_STARTED)
        lab.error_status, lab.error_message = status, message
        yield from (hie, lab)

    return scenario


def _records_failed(writer: ScenarioWriter) -> Iterator[SQLModel]:
    query = writer.query(COMPLETED, 55, TREATMENT, request_id=new_id(writer.at(55)))
    yield query
    yield from writer.sources(query, hie=COMPLETED, lab=COMPLETED)
    yield RecordRequest(
        id=new_id(writer.at(40)),
        request_id=new_id(writer.at(40)),
        patient_id=writer.patient_id,
        conversion_type="json",
        status=FAILED,
        started_by_id=STAFF.id,
        started_by=STAFF.name,
        submitted_at=writer.at(40),
        finished_at=writer.at(38),
        checks=2,
    )


def _refused(kind: str, status: int, title: str | None, detail: str) -> dict[str, Any]:
    return {
        "error_kind": kind,
        "error_status": status,
        "error_title": title,
        "error_detail": detail,
    }


_SESSION_OVER = _refused("refused", 403, "ForbiddenError", "The AAL2 session has expired")
_LIMITED = _refused("rate_limited", 429, "TooManyRequestsError", "Too many network queries")
_KEY = _refused("key_refused", 403, None, "Metriport refused the API key.")
_UNKNOWN = _refused("not_found", 404, "NotFoundError", "Could not find patient at this facility")
_OUT_OF_REACH = {
    "error_kind": "unreachable",
    "error_detail": "Metriport could not be reached (ConnectError).",
}
_FORGOTTEN = _refused("not_found", 404, "NotFoundError", "Could not find network query")

_SCENARIOS: dict[str, Scenario] = {
    "identity_none": _identity_none,
    "identity_unopened": _identity_unopened,
    "identity_opened": _identity_opened,
    "identity_overdue": _identity_overdue,
    "identity_link_expired": _identity_link_expired,
    "aal2_none": _aal2_none,
    "aal2_unopened": _aal2_unopened,
    "aal2_opened": _aal2_opened,
    "aal2_link_expired": _aal2_link_expired,
    "aal2_declined": _aal2_declined,
    "aal2_expired": _aal2_expired,
    "aal2_used": _aal2_used,
    "ias_unconfirmed": _unconfirmed(IAS),
    "query_unconfirmed": _unconfirmed(TREATMENT),
    "ias_refused": _ended(REJECTED, IAS, **_SESSION_OVER),
    "ias_failed": _ias_failed,
    "query_rate_limited": _ended(REJECTED, TREATMENT, **_LIMITED),
    "query_key_refused": _ended(REJECTED, TREATMENT, **_KEY),
    "query_rejected": _ended(REJECTED, TREATMENT, **_UNKNOWN),
    "query_not_started": _ended(NOT_STARTED, TREATMENT, **_OUT_OF_REACH),
    "query_forgotten": _ended(FAILED, TREATMENT, **_FORGOTTEN),
    "source_rate_limited": _not_asked(429, "Too many lab queries, please try again later"),
    "source_not_started": _not_asked(500, "The laboratory network did not answer"),
    "records_failed": _records_failed,
    "unknown_status": _ended("on-hold", TREATMENT),
}
