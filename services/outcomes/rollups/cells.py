"""What one query adds to the cubes of queries. Pure."""

from collections.abc import Mapping
from typing import Any

from services.outcomes.rollups.contributions import Contributions, count_at
from services.outcomes.rollups.cubes import ERROR, FACILITY, SOURCE, STATUS, TIME
from services.outcomes.rollups.facts import QueryFacts, facts_of

QUERY_CUBES = (STATUS, FACILITY, SOURCE, ERROR, TIME)
"""The cubes that are counted by queries; all others are counted by people."""


def count_query(counted: Mapping[str, Any] | None) -> Contributions:
    """What a query with these values of `services.store.counted` adds; nothing for None.

    Raises `ValueError`, `KeyError` or `TypeError` where they cannot be read.
    """
    return {} if counted is None else count_facts(facts_of(counted))


def count_facts(facts: QueryFacts) -> Contributions:
    """What a query with these facts adds."""
    counted: Contributions = {}
    mine = (facts.origin, int(facts.test))
    facility, purpose, at = facts.facility_id, facts.purpose, facts.at
    count_at(counted, STATUS, facility, at, (purpose, facts.outcome, *mine))
    # Which facility stands in the key already: in slices of a facility it would say nothing.
    count_at(counted, FACILITY, None, at, (facility, purpose, facts.outcome, *mine))
    for kind, result in facts.results:
        count_at(counted, SOURCE, facility, at, (kind, result, purpose, *mine))
    for where, error, status in facts.errors:
        count_at(counted, ERROR, facility, at, (where, error, status, purpose, *mine))
    for kind, seconds in facts.seconds:
        count_at(counted, TIME, facility, at, (kind, purpose, *mine), seconds)
    return counted
