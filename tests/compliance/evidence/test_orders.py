"""Evidence of a query never depends on the order in which its rows came."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.evidence.gathering import make_evidence
from services.compliance.evidence.rows import RowPool, rows_of
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditSegment,
    Consent,
    IdentitySession,
    QuerySource,
    RecordLook,
    RecordRequest,
)
from tests.compliance.chain_rows import AT, PERSON, SAM, event, other
from tests.compliance.chains import LATER, Chain, bulk, ias, treatment

_TWINS = 3
"""So many rows of each kind, with equal times, so that only their keys tell them apart."""


def crowded(make: Callable[[], Chain]) -> Chain:
    """A query with several rows of every kind around it."""
    chain, pool = make(), make().pool
    pool.queries = [chain.query, *(other(f"x-{n}", 0, patient_id="p-2") for n in range(_TWINS))]
    pool.others = pool.queries + [other(f"o-{n}", 9, status="failed") for n in range(_TWINS)]
    pool.sharing = [chain.query, *(_sharing(n) for n in range(_TWINS))]
    bulk(chain)
    pool.bulk_items, pool.bulk_runs = chain.pool.bulk_items, chain.pool.bulk_runs
    for number in range(_TWINS):
        for rows, row in _row_of_each(number):
            getattr(pool, rows).append(row)
    return Chain(pool)


def _sharing(number: int) -> Any:
    return other(f"s-{number}", 3, aal2_session_id="s-1", request_id=f"r-{number + 5}")


def _row_of_each(number: int) -> list[tuple[str, Any]]:
    at, person = AT - timedelta(minutes=20), {"patient_id": PERSON}
    link: dict[str, Any] = {"status": "pending", "created_by": "Sam", "created_at": at} | person
    later: dict[str, Any] = {"submitted_at": AT, "conversion_type": "json", "status": "odd"}
    look: dict[str, Any] = {"actor_id": SAM, "actor": "Sam", "reason": "-", "at": AT, "act": "list"}
    return [
        ("sources", QuerySource(id=9 + number, query_id="q-1", type="hie", attempt=2 + number,
                                status="failed")),
        ("starts", event(20 + number, "queries.start", "q-1", outcome="asked", role=str(number))),
        ("consents", Consent(id=f"c-{9 - number}", version=str(number), text_hash="h", way="link",
                             given_at=at, recorded_at=at, **person)),
        ("verifications", IdentitySession(id=f"i-{9 - number}", **link)),
        ("challenges", Aal2Challenge(id=f"a-{9 - number}", proofed_identity_id="pid-1", **link)),
        ("aal2_sessions", Aal2Session(id=f"s-{9 - number}", challenge_id="a-9", fingerprint="f",
                                      proofed_identity_id="pid-1", verified_at=at, **person)),
        ("attempts", event(30 + number, "queries.start", None, at=at, outcome="not ready",
                           details={"purpose": "ias"})),
        ("requests", RecordRequest(id=f"rr-{9 - number}", **later, **person)),
        ("looks", RecordLook(id=f"l-{9 - number}", **look, **person)),
        ("look_events", event(40 + number, "records.view", f"l-{9 - number}")),
        ("purged", AuditSegment(id=9 - number, first_at=at, last_at=LATER, purged_at=LATER)),
    ]  # fmt: skip


@pytest.mark.parametrize("make", [ias, treatment])
@given(random=st.randoms(use_true_random=False))
def test_evidence_does_not_depend_on_the_order_of_rows(
    make: Callable[[], Chain], random: Random
) -> None:
    pool = crowded(make).pool
    query = next(row for row in pool.queries if row.id == "q-1")
    before = make_evidence(rows_of(pool, query), LATER)
    shuffled = RowPool(**{name: _shuffled(rows, random) for name, rows in vars(pool).items()})
    assert make_evidence(rows_of(shuffled, query), LATER) == before


def _shuffled(rows: list[Any], random: Random) -> list[Any]:
    return random.sample(rows, len(rows))


def test_the_crowd_says_something_by_every_kind_of_row() -> None:
    """Else the property above would hold of rows that nothing looks at."""
    pool = crowded(ias).pool
    assert all(len(rows) > 1 for name, rows in vars(pool).items() if name not in _ONE)
    found = {one.rule for one in crowded(treatment).evidence().findings}
    assert "treatment_after_failed_ias" in found


_ONE = {"checks", "staff_sessions", "bulk_items", "bulk_runs", "identities", "messages"}
