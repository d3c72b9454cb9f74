"""Fills an empty log with the sandbox's past, as if the staff had worked there for 90 days."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlmodel import col, insert, select

from services.demo.access import fill_access, past_session_id
from services.demo.drop_offs import fill_drop_offs
from services.demo.evidence import fill_evidence, queries_of_staff
from services.demo.findings import break_evidence
from services.demo.looks import fill_looks
from services.demo.messages import PastMessage, fill_messages
from services.demo.reviews import fill_reviews
from services.demo.scenario_rows import ScenarioPerson
from services.demo.scenarios import fill_scenarios
from services.identity.drift.hashes import DemographicKeys
from services.ids import new_id
from services.metriport.schemas import NetworkQuery as Answer
from services.queries.requests import IAS, REASONS, TREATMENT
from services.queries.status import COMPLETED, NOT_STARTED, PARTIAL, REJECTED, upstream_word
from services.queries.updates import DASHBOARD, EXTERNAL, QUERY_ID_KEY
from services.staff.members import COLLEAGUES, SANDBOX_STAFF
from services.staff.permissions import Role
from services.store import Store
from services.store.filled_columns import filled_query, filled_source
from services.store.tables import NetworkQuery, QuerySource, RecordRequest
from services.vault import Vault

# Webhooks are brought for these last days only: their bodies are large.
_INBOX = timedelta(days=4)
# Statuses of queries whose sources brought something.
_WITH_DATA = (COMPLETED, PARTIAL)
# For so many of ten people with data the consolidated data was fetched.
_FETCHED_OF_TEN = 6
# Who is listed twice has started twice as many queries.
Picked = TypeVar("Picked")

_SUPPORT, _ADMIN = SANDBOX_STAFF[Role.SUPPORT], SANDBOX_STAFF[Role.ADMIN]
_STAFF = (_SUPPORT, _SUPPORT, *COLLEAGUES, _ADMIN)


class PastQuery(Protocol):
    """A past network query of the sandbox."""

    @property
    def request_id(self) -> str | None: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def facility_id(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def proofed_identity_id(self) -> str | None: ...
    @property
    def proofed_at(self) -> datetime | None: ...
    @property
    def metadata(self) -> dict[str, str]: ...
    @property
    def submitted_at(self) -> datetime: ...
    @property
    def answer(self) -> dict[str, Any] | None: ...
    @property
    def error(self) -> dict[str, Any] | None: ...


class Past(Protocol):
    """What the sandbox knows about the time before its first start."""

    def history(self) -> Sequence[PastQuery]:
        """The queries, oldest first."""

    def messages(self, past: Any, since: datetime) -> Iterable[PastMessage]:
        """The webhooks about those queries of `past` submitted from `since` (aware UTC) on."""

    def people(self) -> Sequence[ScenarioPerson]:
        """Everybody, with and without a demo scenario."""

    def counts(self, patient_id: str) -> Mapping[str, int]:
        """How many FHIR resources of each type it holds for a patient."""


def fill_log(store: Store, secret_keys: list[str], past: Past, now: datetime) -> None:
    """Write the past and the demo scenarios into the log, unless it holds a network query already.

    `secret_keys` are those of the settings. `now` is the first start (aware UTC). Everything is
    written in one transaction: a start that is interrupted leaves an empty log, and the next one
    fills it.
    """
    with store.write() as session:
        if session.exec(select(col(NetworkQuery.id)).limit(1)).first():
            return
        history = past.history()
        if not history:
            return
        ended = [(query, _answer(query), _own_id(query)) for query in history]
        queries = [filled_query(_query_row(*one)) for one in ended]
        sources = [
            filled_source(row, query.submitted_at)
            for query, answer, own_id in ended
            for row in _source_rows(answer, own_id)
        ]
        # Inserts of many rows by one statement: thousands of objects would take seconds.
        session.exec(insert(NetworkQuery), params=queries)
        session.exec(insert(QuerySource), params=sources)
        fill_access(session, queries, _proofed_at(history))
        vault, people = Vault(secret_keys), past.people()
        fill_messages(session, vault, past.messages(history, now - _INBOX), now)
        session.add_all(_record_rows(queries, past))
        fill_scenarios(session, people, now)
        fill_evidence(session, vault, DemographicKeys(secret_keys), people, now)
        fill_drop_offs(session, people, now)
        odd = break_evidence(session, people, now)
        acts = fill_reviews(session, vault, now)
        fill_looks(session, queries, queries_of_staff(session, IAS, TREATMENT), odd, acts, now)


def _proofed_at(history: Sequence[PastQuery]) -> dict[str, datetime]:
    """When each identity was proofed."""
    return {
        query.proofed_identity_id: query.proofed_at
        for query in history
        if query.proofed_identity_id and query.proofed_at
    }


def _record_rows(queries: Sequence[dict[str, Any]], past: Past) -> Iterator[RecordRequest]:
    """Yield the fetches of consolidated data.

    They come after the newest query of most people, and after some queries for individual access.
    """
    # Queries come oldest first, so the newest of each person stays.
    newest = {row["patient_id"]: row["id"] for row in queries}
    for row in queries:
        patient_id = row["patient_id"]
        is_newest = newest[patient_id] == row["id"]
        if not is_newest and row["purpose"] != IAS:
            continue
        number = zlib.crc32((patient_id if is_newest else row["id"]).encode()) % 10
        if row["status"] in _WITH_DATA and number < _FETCHED_OF_TEN:
            asked_at = row["finished_at"] + timedelta(minutes=4)
            counted_at = asked_at + timedelta(seconds=9)
            yield RecordRequest(
                id=new_id(asked_at),
                request_id=new_id(asked_at + timedelta(milliseconds=300)),
                patient_id=patient_id,
                conversion_type="json",
                status=COMPLETED,
                started_by_id=row["started_by_id"] or _SUPPORT.id,
                started_by=row["started_by"] or _SUPPORT.name,
                submitted_at=asked_at,
                finished_at=counted_at,
                counted_at=counted_at,
                resource_counts=dict(past.counts(patient_id)),
                checks=1,
            )


def _own_id(past: PastQuery) -> str:
    """Our id of the query: the one that its metadata carries, or a new one for another system's."""
    return past.metadata.get(QUERY_ID_KEY) or new_id(past.submitted_at)


def _answer(past: PastQuery) -> Answer | None:
    return Answer.model_validate(past.answer) if past.answer else None


def _query_row(past: PastQuery, answer: Answer | None, own_id: str) -> dict[str, Any]:
    ours = QUERY_ID_KEY in past.metadata
    error = past.error or {}
    starter = _pick(own_id, _STAFF) if ours else None
    individual = ours and past.proofed_identity_id
    return {
        "id": own_id,
        "request_id": past.request_id,
        "patient_id": past.patient_id,
        "facility_id": past.facility_id,
        "purpose": past.purpose,
        "origin": DASHBOARD if ours else EXTERNAL,
        "status": upstream_word(answer.status) if answer else REJECTED,
        "requested": " ".join(_types(answer)) if ours else "",
        "started_by_id": starter.id if starter else None,
        "started_by": starter.name if starter else None,
        "reason": _pick(own_id, REASONS[:-1]) if ours and past.purpose == "treatment" else None,
        "ticket": f"SUP-{10_000 + zlib.crc32(own_id.encode()) % 9_000}" if ours else None,
        "proofed_identity_id": past.proofed_identity_id,
        "aal2_session_id": past_session_id(own_id) if individual else None,
        "submitted_at": past.submitted_at,
        "started_at": answer.started_at if answer else None,
        "finished_at": _finished_at(past, answer),
        "error_kind": _ERROR_KINDS.get(error.get("status", 0), "invalid") if error else None,
        "error_status": error.get("status"),
        "error_title": error.get("title"),
        "error_detail": error.get("detail"),
        "checks": 1,
    }


# The kinds that `services.errors` gives to these statuses.
_ERROR_KINDS = {403: "refused", 404: "not_found", 409: "conflict", 412: "conflict"}


def _source_rows(answer: Answer | None, own_id: str) -> list[dict[str, Any]]:
    if answer is None:
        return []
    errors = {error.source: error for error in answer.errors}
    # Rows of one insert must name the same columns.
    blank = {"query_id": own_id, "attempt": 1, "error_status": None, "error_message": None}
    rows = {
        source.type: blank
        | {
            "type": source.type,
            "specific_source": source.source,
            "status": upstream_word(source.status),
            "started_at": source.started_at,
            "completed_at": source.completed_at,
            # Webhooks told of every end; their bodies are brought for the last days only.
            "reported_at": source.completed_at,
        }
        for source in answer.sources
    }
    for kind, error in errors.items():
        ended = {"status": NOT_STARTED, "started_at": None, "completed_at": None}
        ended["reported_at"] = None
        row = rows.setdefault(kind, blank | {"type": kind, "specific_source": None} | ended)
        rows[kind] = row | {"error_status": error.http_status, "error_message": error.message}
    return list(rows.values())


def _types(answer: Answer | None) -> list[str]:
    if answer is None:
        return ["hie"]
    named = {source.type for source in answer.sources} | {error.source for error in answer.errors}
    return [kind for kind in ("hie", "pharmacy", "lab") if kind in named]


def _finished_at(past: PastQuery, answer: Answer | None) -> datetime:
    ends = (
        [source.completed_at for source in answer.sources if source.completed_at] if answer else []
    )
    return max(ends, default=past.submitted_at)


def _pick(own_id: str, choices: Sequence[Picked]) -> Picked:
    """A choice that depends on the query only."""
    # Not `hash`: its results differ from process to process.
    return choices[zlib.crc32(own_id.encode()) % len(choices)]
