"""The rows of `network_query` and `query_source`, and of the records that were asked for after."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from services.store.error_texts import normalised
from tests.benchmarks.made_log import plan as planned
from tests.benchmarks.made_log.columns import (
    MINUTE,
    SECOND,
    Mask,
    Numbers,
    chosen,
    ids_of,
    moments,
    new_ids,
    pick,
    where,
)
from tests.benchmarks.made_log.people import asks_for_own_records

PATIENT_SALT = 7
QUERY_NAMES = (
    "id", "request_id", "patient_id", "facility_id", "purpose", "origin", "status", "requested",
    "started_by_id", "started_by", "reason", "ticket", "proofed_identity_id", "aal2_session_id",
    "submitted_at", "started_at", "finished_at", "next_check_at", "checks", "unreadable",
    "upstream_status", "error_kind", "error_status", "error_title", "error_detail",
    "normal_error",
)  # fmt: skip
SOURCE_NAMES = (
    "query_id", "type", "attempt", "specific_source", "status", "started_at", "first_data_at",
    "completed_at", "error_status", "error_message", "submitted_at",
    "normal_error", "reported_at",
)  # fmt: skip

_TYPES = [("hie", 0.97, 120, 0.85, 0.03), ("pharmacy", 0.74, 12, 0.5, 0.02),
          ("lab", 0.46, 40, 0.6, 0.04)]  # fmt: skip
"""How many queries ask each type, the median seconds, their spread, and how many fail."""
_PROVIDERS = {"hie": "national-hie", "pharmacy": "surescripts", "lab": "quest"}
_REASONS = ["New patient intake", "Visit preparation", "Care gap review"]
_ERRORS = [
    (504, "Timed out after {} s"), (503, "Provider unavailable"), (502, "Bad gateway"),
    (429, "Rate limit exceeded, try again in {} s"), (None, "No patient matched"),
    (404, "Document {} not found"), (500, "Certificate of the gateway has expired"),
]  # fmt: skip
_ERROR_SHARES = [40, 25, 12, 10, 8, 5, 0.02]
_REFUSALS = [
    (400, "Source not enabled"), (429, "Too many requests"), (403, "AAL2 session was used"),
    (404, "Patient not found"), (418, "Account is suspended"),
]  # fmt: skip
_REFUSAL_SHARES = [50, 30, 10, 10, 0.02]
STATUSES = [
    "completed", "partial", "failed", "processing", "rejected", "not_started", "unconfirmed",
    "suspended",
]  # fmt: skip
COMPLETED, PARTIAL, FAILED, PROCESSING, REJECTED, NOT_STARTED, UNCONFIRMED, UNKNOWN = range(8)


@dataclass
class Queries:
    """A batch's queries, column by column; `status` are places of `STATUSES`."""

    ids: list[str]
    requests: list[str]
    person: Numbers
    patients: list[str]
    submitted: Numbers
    finished: Numbers
    is_ias: Mask
    external: Mask
    staff: Numbers
    status: Numbers

    @property
    def ran(self) -> Mask:
        """Those that upstream ran to their end."""
        return self.status <= FAILED


@dataclass
class Sources:
    """A batch's attempts; `query` are places in `Queries`.

    `told` is when a webhook told of an attempt, if `is_told`.
    """

    query: Numbers
    type: list[str]
    told: Numbers
    is_told: Mask
    rows: list[tuple[Any, ...]]


def make_queries(plan: planned.Plan, batch: planned.Batch) -> tuple[Queries, Sources]:
    """The queries of a batch and their sources."""
    random, number = batch.random, len(batch.submitted)
    person = planned.people(batch)
    external = random.random(number) < 0.1
    queries = Queries(
        ids=new_ids(random, batch.submitted),
        requests=new_ids(random, batch.submitted),
        person=person,
        patients=ids_of(person, PATIENT_SALT),
        submitted=batch.submitted,
        finished=batch.submitted.copy(),
        is_ias=asks_for_own_records(batch, person) & ~external,
        external=external,
        staff=chosen(random, planned.STAFF_SHARES, number),
        status=np.full(number, COMPLETED),
    )
    return queries, _make_sources(plan, batch, queries)


def query_rows(
    queries: Queries, batch: planned.Batch, identities: list[Any], sessions: list[Any]
) -> list[tuple[Any, ...]]:
    """The rows; `identities` and `sessions` are what the IAS queries name."""
    random, number, ours = batch.random, len(queries.ids), ~queries.external
    treatment, at = ours & ~queries.is_ias, moments(queries.submitted)
    refused = queries.status == REJECTED
    error = chosen(random, _REFUSAL_SHARES, number)
    started = ~np.isin(queries.status, [REJECTED, UNCONFIRMED])
    facility = chosen(random, planned.FACILITY_SHARES, number)
    is_open = np.isin(queries.status, [PROCESSING, UNCONFIRMED])
    requested = np.where(ours, error % 2, 2)
    return list(
        zip(
            queries.ids,
            where(started, queries.requests),
            queries.patients,
            where(treatment, pick(planned.FACILITIES, facility)),
            pick(["treatment", "ias"], queries.is_ias.astype(np.int64)),
            pick(["dashboard", "external"], queries.external.astype(np.int64)),
            pick(STATUSES, queries.status),
            pick(["hie pharmacy lab", "hie pharmacy:realtime", ""], requested),
            where(ours, pick([one.id for one in planned.STAFF], queries.staff)),
            where(ours, pick([one.name for one in planned.STAFF], queries.staff)),
            where(treatment, pick(_REASONS, facility % 3)),
            where(random.random(number) < 0.1, [f"T-{one}" for one in queries.person.tolist()]),
            identities,
            sessions,
            at,
            where(started, at),
            where(queries.ran, moments(queries.finished)),
            where(is_open, moments(queries.submitted + 15 * MINUTE)),
            [2] * number,
            [None] * number,
            [None] * number,
            where(refused, ["refused"] * number),
            where(refused, pick([status for status, _ in _REFUSALS], error)),
            where(refused, pick([title for _, title in _REFUSALS], error)),
            [None] * number,
            where(refused, pick([normalised(title) for _, title in _REFUSALS], error)),
            strict=True,
        )
    )


def _make_sources(plan: planned.Plan, batch: planned.Batch, queries: Queries) -> Sources:
    """The attempts of every type; sets the status and the end of the queries."""
    random, number = batch.random, len(queries.ids)
    state = chosen(random, [96.4, 3, 0.4, 0.02, 0.01], number)
    lasting = (plan.until_micros - queries.submitted) < 3 * MINUTE
    runs = (state == 0) | (state == 4)
    asked_types = random.random((len(_TYPES), number)) < np.array([[kind[1]] for kind in _TYPES])
    asked_types[0] |= ~asked_types.any(axis=0)
    parts, worked, failed = [], np.zeros(number, bool), np.zeros(number, bool)
    for (name, _, median, spread, failing), kind in zip(_TYPES, asked_types, strict=True):
        asked = kind & (runs | (state == 2))
        fails = random.random(number) < failing
        again = fails & (random.random(number) < 0.3)
        took = (median * random.lognormal(0, spread, number) * SECOND).astype(np.int64)
        parts.append(_attempts(queries, name, 1, asked, fails, took, runs, lasting, random))
        more = asked & again & runs & ~lasting
        recovered = random.random(number) < 0.6
        parts.append(_attempts(queries, name, 2, more, ~recovered, 2 * took, runs, lasting, random))
        at_last = np.where(more, ~recovered, fails)
        worked |= asked & runs & ~at_last
        failed |= asked & runs & at_last
        np.maximum(queries.finished, queries.submitted + took * np.where(more, 2, 1),
                   out=queries.finished, where=asked & runs)  # fmt: skip
    hidden = worked & ~failed & (random.random(number) < 0.01)
    queries.status = np.select(
        [state == 1, state == 2, state == 3, state == 4, lasting & runs, failed & ~worked,
         (failed & worked) | hidden],
        [REJECTED, NOT_STARTED, UNCONFIRMED, UNKNOWN, PROCESSING, FAILED, PARTIAL],
        COMPLETED,
    )  # fmt: skip
    return _joined(parts)


def _attempts(
    queries: Queries, name: str, attempt: int, asked: Mask, fails: Mask, took: Numbers,
    runs: Mask, lasting: Mask, random: planned.Random,
) -> Sources:  # fmt: skip
    """The attempts of one type; some of the first have a second provider."""
    places = np.flatnonzero(asked)
    ended, bad = (runs & ~lasting)[places], (fails & runs & ~lasting)[places]
    error = chosen(random, _ERROR_SHARES, len(places))
    seconds = random.integers(20, 90, len(places)).tolist()
    messages = [_ERRORS[one][1].format(some) for one, some in zip(error, seconds, strict=True)]
    word = np.where(bad, 1, np.where(ended, 0, np.where(lasting[places], 2, 3)))
    status = pick(["completed", "failed", "processing", "not_started"], word)
    started = queries.submitted[places] + SECOND
    completed = started + took[places]
    told = completed + random.integers(SECOND, 5 * SECOND, len(places))
    is_told = ended & (random.random(len(places)) < 0.995)
    rows = list(
        zip(
            pick(queries.ids, places),
            [name] * len(places),
            [attempt] * len(places),
            [_PROVIDERS[name]] * len(places),
            status,
            moments(started),
            where(ended & (word == 0), moments(started + took[places] // 2)),
            where(ended, moments(completed)),
            where(bad, pick([code for code, _ in _ERRORS], error)),
            where(bad, messages),
            moments(queries.submitted[places]),
            where(bad, pick([normalised(text.format(30)) for _, text in _ERRORS], error)),
            where(is_told, moments(told)),
            strict=True,
        )
    )
    return Sources(places, [name] * len(places), told, is_told, rows)


def _joined(parts: list[Sources]) -> Sources:
    """All attempts, those of a query side by side, so that their index is filled in its order."""
    query = np.concatenate([part.query for part in parts])
    order = np.argsort(query, kind="stable")
    rows = [row for part in parts for row in part.rows]
    return Sources(
        query=query[order],
        type=pick([name for part in parts for name in part.type], order),
        told=np.concatenate([part.told for part in parts])[order],
        is_told=np.concatenate([part.is_told for part in parts])[order],
        rows=pick(rows, order),
    )
