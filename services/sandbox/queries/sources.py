"""The simulated sources: how long each takes for a person, and with which outcome.

A source run has its end and its outcome from the start, so its status follows from the time alone:
no thread has to update anything. The same person always gets the same durations.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sandbox.answers import wire_time

TYPES = ("hie", "pharmacy", "lab")

# Seconds at speed 1: shortest, longest.
_TAKES = {"hie": (10, 25), "pharmacy": (3, 8), "lab": (5, 12)}
_SLOW = timedelta(minutes=10)
# The real-time pull is a second provider; it ends so many seconds after the ordinary one.
_REALTIME_LATER = (2, 6)

_FAILS = {"lab_fails": {"lab"}, "hie_fails": {"hie"}, "all_fail": set(TYPES)}


@dataclass(frozen=True)
class SourceRun:
    """One provider of one query; `outcome` is its status from `completes_at` on.

    Times are aware UTC. `first_data_at` is when the HIE reports its first data, if it does.
    """

    type: str
    provider: str
    outcome: str
    started_at: datetime
    completes_at: datetime
    first_data_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """The status at `now`: `processing`, `completed` or `failed`."""
        return self.outcome if now >= self.completes_at else "processing"


@dataclass(frozen=True)
class Asked:
    """A source type that a query asks for."""

    type: str
    realtime: bool = False


def run(
    patient_id: str, trouble: str | None, asked: Asked, now: datetime, speed: float
) -> list[SourceRun]:
    """The runs of one source type from `now` (aware UTC) on, `speed` times as fast as in life."""
    outcome = "failed" if asked.type in _FAILS.get(trouble or "", ()) else "completed"
    takes = _SLOW if trouble == "slow" else _between(_TAKES[asked.type], patient_id, asked.type)
    if asked.type == "hie":
        half = now + takes / 2 / speed if outcome == "completed" else None
        return [SourceRun("hie", "national-hie", outcome, now, now + takes / speed, half)]
    provider = {"pharmacy": "surescripts", "lab": "quest"}[asked.type]
    runs = [SourceRun(asked.type, provider, outcome, now, now + takes / speed)]
    if asked.realtime:
        later = takes + _between(_REALTIME_LATER, patient_id, "realtime")
        provider = "surescripts-realtime-pulls"
        runs.append(SourceRun(asked.type, provider, outcome, now, now + later / speed))
    return runs


def query_status(runs: Sequence[SourceRun], now: datetime) -> str:
    """The status of a query at `now`, by the vendor's rule."""
    # Without any run the vendor's schema says `processing`, and would say so forever. Here a query
    # of which no source could be started is `failed`.
    statuses = {provider.status(now) for provider in runs}
    if "processing" in statuses:
        return "processing"
    if statuses == {"completed"}:
        return "completed"
    return "partial" if "completed" in statuses else "failed"


def by_type(runs: Iterable[SourceRun], now: datetime) -> list[dict[str, Any]]:
    """The `sources` of an answer: one entry per type, as the vendor's server aggregates them."""
    grouped: dict[str, list[SourceRun]] = {}
    for provider in runs:
        grouped.setdefault(provider.type, []).append(provider)
    return [_aggregated(type_, group, now) for type_, group in grouped.items()]


def _aggregated(type_: str, group: list[SourceRun], now: datetime) -> dict[str, Any]:
    # The vendor reports a type that mixes completed and failed providers as completed. So a query
    # may be `partial` although each of its types is `completed`.
    status = query_status(group, now).replace("partial", "completed")
    started = min(provider.started_at for provider in group)
    found = {"type": type_, "status": status, "startedAt": wire_time(started)}
    if status != "processing":
        found["completedAt"] = wire_time(max(provider.completes_at for provider in group))
    return found


def _between(seconds: tuple[int, int], patient_id: str, what: str) -> timedelta:
    """A duration within `seconds` that depends on the person and `what` only."""
    # Not `hash`: its results differ from process to process.
    digest = hashlib.sha256(f"{patient_id}/{what}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return timedelta(seconds=seconds[0] + share * (seconds[1] - seconds[0]))
