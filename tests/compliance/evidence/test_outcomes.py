"""What was asked and answered, what came of each source, and of the records afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from services.compliance.evidence.evidence import LinkCode, LinkState
from services.store.tables import QuerySource
from tests.compliance.chain_rows import AT
from tests.compliance.chains import ias
from tests.compliance.edits import minutes


@pytest.mark.parametrize(
    ("columns", "age", "state", "why"),
    [
        ({"status": "submitting", "request_id": None}, 1, "not_applicable", "under way"),
        ({"status": "submitting", "request_id": None}, 2, "missing", "not answered"),
        ({"status": "unconfirmed", "request_id": None}, 1, "missing", "not answered"),
        ({"status": "not_started", "request_id": None}, 9, "missing", "not answered"),
        (
            {"status": "not_started", "request_id": None, "error_kind": "no_answer"},
            9,
            "missing",
            "not answered",
        ),
        (
            {"status": "not_started", "request_id": None, "error_kind": "unreachable"},
            9,
            "present",
            "",
        ),
        ({"status": "rejected", "request_id": None, "error_kind": "invalid"}, 9, "present", ""),
        ({"status": "processing"}, 1, "present", ""),
    ],
)
def test_what_upstream_answered(columns: dict[str, Any], age: float, state: str, why: str) -> None:
    chain = ias(**columns)
    chain.now = minutes(age)
    link = chain.link(LinkCode.REQUEST)
    assert link.state.value == state and why in link.why


@pytest.mark.parametrize(
    ("statuses", "status", "hours", "state"),
    [
        (["completed"], "completed", 0, "present"),
        (["completed", "failed"], "partial", 0, "present"),
        (["completed", "not_started"], "completed", 0, "present"),
        (["completed", "processing"], "processing", 23.9, "not_applicable"),
        (["completed", "processing"], "processing", 24, "missing"),
        ([], "processing", 1, "not_applicable"),
        (["completed"], "processing", 24, "present"),
        (["not_started"], "rejected", 30, "not_applicable"),
        (["a word of upstream"], "odd", 24, "missing"),
    ],
)
def test_the_outcome_of_each_source(
    statuses: list[str], status: str, hours: float, state: str
) -> None:
    chain = ias(status=status)
    chain.pool.sources = [
        QuerySource(id=number, query_id="q-1", type=f"t{number}", attempt=number, status=one)
        for number, one in enumerate(statuses, start=1)
    ]
    chain.now = AT + timedelta(hours=hours)
    assert chain.link(LinkCode.SOURCES).state.value == state


def test_records_are_expected_once_somebody_asked_for_them() -> None:
    chain = ias()
    chain.pool.requests.clear()
    assert chain.evidence().missing == []
    chain.pool.looks.clear()
    assert chain.link(LinkCode.RECORDS).state is LinkState.NOT_APPLICABLE
    chain = ias()
    chain.pool.sources[0].status = "failed"
    assert "No source has brought" in chain.link(LinkCode.RECORDS).why


@pytest.mark.parametrize(("hours", "lacks"), [(23.99, False), (24, True)])
def test_a_request_for_records_has_a_day(hours: float, lacks: bool) -> None:
    chain = ias()
    request = chain.pool.requests[0]
    request.counted_at, request.status = None, "completing"
    chain.now = request.submitted_at + timedelta(hours=hours)
    assert (chain.evidence().missing == ["records"]) is lacks
