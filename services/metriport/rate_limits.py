"""The rate limits that Metriport documents, per account and minute: the one table of them.

The account of calls left, the pacing of bulk runs and the sandbox all read it.
"""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(minutes=1)
"""The time over which every limit counts."""


@dataclass(frozen=True)
class RateLimit:
    """How often one operation may be done in a minute.

    `operation` is its name on the pages. What counts is either each call that one of `calls`
    (method and path template) describes, or each network query that asks `source`.
    """

    operation: str
    per_minute: int
    calls: tuple[tuple[str, str], ...] = ()
    source: str | None = None


_CONSOLIDATED_START = "/medical/v1/patient/{id}/consolidated/query"

# One network query counts once for every source that it asks, not once as a call. So its limits
# name a source: the path of the call does not tell which ones were asked.
RATE_LIMITS = (
    RateLimit("HIE queries", 20, source="hie"),
    RateLimit("Pharmacy queries", 20, source="pharmacy"),
    RateLimit("Laboratory queries", 20, source="lab"),
    # Creating and correcting share one limit.
    RateLimit(
        "Patient changes",
        15,
        calls=(("POST", "/medical/v1/patient"), ("PUT", "/medical/v1/patient/{id}")),
    ),
    # Only the start is limited: its status calls share the path, and are reads.
    RateLimit("Record requests", 120, calls=(("POST", _CONSOLIDATED_START),)),
)


def source_limit(source: str) -> RateLimit:
    """The limit of network queries that ask `source` (`hie`, `pharmacy` or `lab`).

    Raises `KeyError` for a source without a documented limit.
    """
    return _BY_SOURCE[source]


def call_limit(method: str, path: str) -> RateLimit:
    """The limit of a call by its method and path template.

    Raises `KeyError` for a call without a documented limit.
    """
    return _BY_CALL[method, path]


_BY_SOURCE = {limit.source: limit for limit in RATE_LIMITS if limit.source}
_BY_CALL = {call: limit for limit in RATE_LIMITS for call in limit.calls}
