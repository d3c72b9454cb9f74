"""The rows of messages, calls, records, looks and noted changes around a batch's queries."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from services.store.audit_chain import BEGINNING, hash_event
from tests.benchmarks.made_log.columns import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Numbers,
    chosen,
    hashes,
    moments,
    new_ids,
    pick,
    where,
)
from tests.benchmarks.made_log.people import Tables
from tests.benchmarks.made_log.plan import STAFF, STAFF_SHARES, Batch, Plan
from tests.benchmarks.made_log.queries import PARTIAL, Queries, Sources

_MESSAGE_NAMES = (
    "id", "message_id", "type", "request_id", "patient_id", "received_at", "signature_status",
    "body", "body_hash", "status", "attempts", "error", "processed_at", "deliveries", "replays",
)  # fmt: skip
_CALL_NAMES = (
    "id", "at", "method", "path", "status", "duration_ms", "upstream_request_id", "query_id",
    "patient_id", "error_kind", "error_status", "error_title",
)  # fmt: skip
_RECORD_NAMES = (
    "id", "request_id", "patient_id", "conversion_type", "status", "started_by_id", "started_by",
    "submitted_at", "finished_at", "counted_at", "resource_counts", "checks",
)  # fmt: skip
_EVENT_NAMES = (
    "seq", "at", "actor_id", "actor", "role", "session_id", "address", "action", "outcome",
    "patient_id", "object_kind", "object_id", "reason", "ticket", "details", "imported",
    "previous_hash", "hash",
)  # fmt: skip
_CHANGE_NAMES = ("topic", "at", "waits")

_API = "/medical/v1"
_CALLS = [
    ("POST", f"{_API}/network/query"), ("GET", f"{_API}/network/query/{{request}}"),
    ("GET", f"{_API}/patient/{{id}}"), ("GET", f"{_API}/patient"), ("GET", "/settings/webhook"),
]  # fmt: skip
_CALL_SHARES = [30, 40, 20, 8, 2]
_COUNTS = [
    json.dumps({"Condition": 3 * one, "Observation": 40 * one, "MedicationRequest": one})
    for one in range(1, 6)
] + ["{}"]
_BODIES_KEPT = 30 * DAY


def message_rows(plan: Plan, batch: Batch, queries: Queries, sources: Sources) -> Tables:
    """A webhook for nearly every attempt that ended; a few signed wrongly, or not understood."""
    random = batch.random
    came = np.flatnonzero(sources.is_told & (random.random(len(sources.query)) < plan.traffic))
    number, at = len(came), sources.told[came]
    query, ids = sources.query[came], new_ids(random, at)
    fate = chosen(random, [99.6, 0.3, 0.05, 0.02], number)
    read, kept = fate < 3, (at > plan.until_micros - _BODIES_KEPT) & (fate < 3)
    body = random.bytes(700).hex().encode()[:900]
    yield "webhook_event", _MESSAGE_NAMES, list(
        zip(
            ids, where(read, ids),
            where(read, [f"network-query.{sources.type[one]}" for one in came]),
            where(read, pick(queries.requests, query)), where(read, pick(queries.patients, query)),
            moments(at), pick(["valid"] * 3 + ["invalid"], fate), where(kept, [body] * number),
            where(read, hashes(random, at)),
            pick(["processed", "ignored", "failed", "rejected"], fate), read.astype(int).tolist(),
            where(fate == 2, ["The message cannot be interpreted."] * number),
            where(fate < 2, moments(at + SECOND)), [1] * number, [0] * number, strict=True,
        )
    )  # fmt: skip


def call_rows(plan: Plan, batch: Batch, queries: Queries) -> Tables:
    """Three calls for each query; one in a hundred fails."""
    random = batch.random
    query = np.sort(random.integers(0, len(queries.ids), int(3 * plan.traffic * len(queries.ids))))
    number, at = len(query), queries.submitted[query] + random.integers(0, MINUTE, len(query))
    kind, ids = chosen(random, _CALL_SHARES, number), new_ids(random, at)
    fails, serves = random.random(number) < 0.01, kind < 3
    took = (120 * random.lognormal(0, 0.6, number)).astype(int).tolist()
    yield "upstream_call", _CALL_NAMES, list(
        zip(
            ids, moments(at), *zip(*pick(_CALLS, kind), strict=True) if number else ([], []),
            pick([200, 503], fails.astype(np.int64)), took, ids,
            where(kind < 2, pick(queries.ids, query)), where(serves, pick(queries.patients, query)),
            where(fails, ["unavailable"] * number), where(fails, [503] * number),
            where(fails, ["Service unavailable"] * number), strict=True,
        )
    )  # fmt: skip


def record_rows(batch: Batch, queries: Queries) -> Tables:
    """Consolidated data for six in ten queries that found something; some empty, or uncounted."""
    random = batch.random
    asked = np.flatnonzero(
        (queries.status <= PARTIAL) & (random.random(len(queries.ids)) < 0.6) & ~queries.external
    )
    number, at = len(asked), queries.finished[asked] + MINUTE
    ids, staff = new_ids(random, at), queries.staff[asked]
    counted = random.random(number) < 0.95
    yield "record_request", _RECORD_NAMES, list(
        zip(
            ids, ids, pick(queries.patients, asked), ["pdf"] * number, ["completed"] * number,
            pick([one.id for one in STAFF], staff), pick([one.name for one in STAFF], staff),
            moments(at), moments(at + MINUTE), where(counted, moments(at + MINUTE)),
            where(counted, pick(_COUNTS, chosen(random, [3, 3, 2, 2, 2, 1], number))), [1] * number,
            strict=True,
        )
    )  # fmt: skip


def change_rows(plan: Plan, queries: Queries) -> Tables:
    """What the last day's queries had noted, all of it taken in by the rollups."""
    fresh = np.flatnonzero(queries.submitted > plan.until_micros - DAY)
    rows = []
    for place, at in zip(fresh.tolist(), moments(queries.submitted[fresh]), strict=True):
        topics = [f"query {queries.ids[place]}", "query", f"patient {queries.patients[place]}"]
        topics.append(f"staff {STAFF[queries.staff[place]].id}")
        rows += [(topic, at, False) for topic in topics * 6]
    yield "log_change", _CHANGE_NAMES, rows


class Looks:
    """The events of the access log, chained: one for every other query."""

    def __init__(self, plan: Plan) -> None:
        self._share = plan.looks / 2
        self.seq, self.hash = 0, BEGINNING

    def rows(self, batch: Batch, queries: Queries) -> Tables:
        """The events of a batch, and whose record each is about."""
        random = batch.random
        seen = np.flatnonzero(random.random(len(queries.ids)) < self._share)
        staff = chosen(random, STAFF_SHARES, len(seen))
        at = queries.submitted[seen] + random.integers(0, HOUR, len(seen))
        events = list(self._events(queries, seen, staff, np.sort(at)))
        yield "audit_event", _EVENT_NAMES, events
        yield "audit_subject", ("seq", "patient_id"), [(event[0], event[9]) for event in events]

    def _events(
        self, queries: Queries, seen: Numbers, staff: Numbers, at: Numbers
    ) -> Iterator[tuple[Any, ...]]:
        texts = moments(at)
        for place, who, micros, text in zip(
            seen.tolist(), staff.tolist(), at.tolist(), texts, strict=True
        ):
            self.seq += 1
            start = self.seq % 4 == 0
            values: dict[str, Any] = {
                "seq": self.seq, "at": datetime.fromtimestamp(micros / 1e6, tz=UTC),
                "actor_id": STAFF[who].id, "actor": STAFF[who].name, "role": "support",
                "session_id": f"session-{who}-{self.seq // 4000}", "address": "192.0.2.7",
                "action": "query.start" if start else "query.view", "outcome": "done",
                "patient_id": queries.patients[place], "object_kind": "query",
                "object_id": queries.ids[place], "reason": None, "ticket": None,
                "details": None, "imported": False,
            }  # fmt: skip
            # As the text will be read back: a float may be off by a microsecond.
            values["at"] = datetime.fromisoformat(text + "+00:00")
            previous, self.hash = self.hash, hash_event(values, self.hash)
            yield (self.seq, text, *list(values.values())[2:], previous, self.hash)
