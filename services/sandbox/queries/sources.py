"""The simulated sources: how long each takes for a person, how it ends, what status that gives.

A source run knows from its start when and how it will end, so its status is a pure function of the
time now. Everything is repeatable per person.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sandbox.answers import wire_time

TYPES = ("hie", "pharmacy", "lab")

# Seconds at speed 1: from, to.
_TAKES = {"hie": (10, 25), "pharmacy": (3, 8), "lab": (5, 12)}
_SLOW = timedelta(minutes=10)
# The real-time pull runs beside the ordinary one and ends this many seconds after it.
_REALTIME_LATER = (2, 6)

_FAILS = {"lab_fails": {"lab"}, "hie_fails": {"hie"}, "all_fail": set(TYPES)}


@dataclass(frozen=True)
class SourceRun:
    """One provider asked for one query. `outcome` is `completed` or `failed`, once due."""

    type: str
    provider: str
    outcome: str
    started_at: datetime
    completes_at: datetime
    first_data_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """`processing` until it is due."""
        return self.outcome if now >= self.completes_at else "processing"


@dataclass(frozen=True)
class Asked:
    """A source that a query asks for."""

    type: str
    realtime: bool = False


def run(
    patient_id: str, trouble: str | None, asked: Asked, now: datetime, speed: float
) -> list[SourceRun]:
    """The runs of one source from `now` on, `speed` times as fast as life."""
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
    """The status of a query, derived as the vendor's schema derives it.

    One difference: without any run the vendor's says `processing`, and would say so forever, since
    nothing runs. A query whose sources were all refused is `failed` here.
    """
    statuses = {each.status(now) for each in runs}
    if "processing" in statuses:
        return "processing"
    if statuses == {"completed"}:
        return "completed"
    return "partial" if "completed" in statuses else "failed"


def by_type(runs: Iterable[SourceRun], now: datetime) -> list[dict[str, Any]]:
    """The `sources` of an answer: the providers of a type in one, as the vendor's server does."""
    grouped: dict[str, list[SourceRun]] = {}
    for each in runs:
        grouped.setdefault(each.type, []).append(each)
    return [_aggregated(type_, group, now) for type_, group in grouped.items()]


def _aggregated(type_: str, group: list[SourceRun], now: datetime) -> dict[str, Any]:
    # Some completed and some failed counts as completed for the type, because the work is done.
    status = query_status(group, now).replace("partial", "completed")
    started = min(each.started_at for each in group)
    found = {"type": type_, "status": status, "startedAt": wire_time(started)}
    if status != "processing":
        found["completedAt"] = wire_time(max(each.completes_at for each in group))
    return found


def _between(seconds: tuple[int, int], patient_id: str, what: str) -> timedelta:
    """A duration within `seconds`, always the same for a person."""
    digest = hashlib.sha256(f"{patient_id}/{what}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return timedelta(seconds=seconds[0] + share * (seconds[1] - seconds[0]))
