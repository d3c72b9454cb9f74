"""Evidence out of the log, on both databases: the same as of the rows alone, without a scan."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event as events

from services.compliance.evidence.gathering import read_evidence
from services.store import Store
from services.store.tables import Aal2Session, NetworkQuery, StaffSession, WebhookEvent
from tests.compliance.chain_rows import other
from tests.compliance.chains import LATER, Chain, bulk, external, ias, treatment
from tests.plans import assert_no_scan, plans_of


def store_chain(store: Store, chain: Chain) -> None:
    with store.write() as session:
        chain.store(session)


def read(store: Store, *ids: str) -> dict[str, Any]:
    with store.read() as session:
        return read_evidence(session, ids or ("q-1",), LATER)


def from_elsewhere() -> Chain:
    return external("ias")


@pytest.mark.parametrize("make", [ias, treatment, from_elsewhere])
def test_the_log_gives_what_the_rows_say(store: Store, make: Callable[[], Chain]) -> None:
    store_chain(store, make())
    assert read(store)["q-1"] == make().evidence()


def test_all_that_stands_near_is_read(store: Store) -> None:
    chain = treatment()
    bulk(chain)
    chain.pool.others = [other("q-2", 5, status="failed"), other("q-3", 9999)]
    store_chain(store, chain)
    evidence = read(store)["q-1"]
    assert [found.rule for found in evidence.findings] == ["treatment_after_failed_ias"]
    starter = next(link for link in evidence.links if link.code.value == "starter")
    assert ("bulk run", "run-1") in starter.facts


def test_a_session_used_twice_is_read_whoever_used_it(store: Store) -> None:
    chain = ias()
    chain.pool.others = [other("q-2", 1, patient_id="p-2", aal2_session_id="s-1", request_id="r-2")]
    store_chain(store, chain)
    found = {one.rule: one.text for one in read(store)["q-1"].findings}
    assert "the query q-2" in found["aal2_used_twice"]


def test_unknown_ids_are_left_out_and_the_order_is_kept(store: Store) -> None:
    assert read(store, "nobody") == {} and read(store) == {}
    chain = ias()
    chain.pool.others = [other(f"n-{number}", number) for number in range(230)]
    store_chain(store, chain)
    ids = [f"n-{number}" for number in range(230)] + ["q-1", "nobody", "q-1"]
    assert list(read(store, *ids)) == ids[:-2]


def test_the_number_of_statements_is_fixed(store: Store) -> None:
    chain = ias()
    chain.pool.others = [
        other(f"n-{number}", number, patient_id=f"n{number}") for number in range(90)
    ]
    store_chain(store, chain)
    one = _statements(store, lambda: read(store, "q-1"))
    many = _statements(store, lambda: read(store, "q-1", *(f"n-{n}" for n in range(90))))
    assert one == many <= 25


def _statements(store: Store, call: Callable[[], object]) -> int:
    sent = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    events.listen(store.engine, "before_cursor_execute", count)
    call()
    events.remove(store.engine, "before_cursor_execute", count)
    return len(sent)


def test_no_table_is_scanned(store: Store) -> None:
    chain = treatment()
    bulk(chain)
    store_chain(store, chain)
    individual = ias(id="q-2", request_id="r-2")
    individual.pool.sources[0].query_id = individual.pool.checks[0].query_id = "q-2"
    individual.pool.sources[0].id, individual.pool.staff_sessions = 2, []
    individual.pool.aal2_sessions[0].used_by = "q-2"
    store_chain(store, individual)
    plan = plans_of(store, lambda: read(store, "q-1", "q-2"))
    # A row for each month of the access log: the smallest table of all.
    assert_no_scan([step for step in plan if "audit_segment" not in step])
    # These indexes would lead to every event of that kind.
    assert not any("(outcome=?)" in step or "(action=?)" in step for step in plan), plan


def test_no_secret_is_read(store: Store) -> None:
    store_chain(store, ias())
    statements: list[str] = []
    events.listen(
        store.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    read(store)
    said = " ".join(statements)
    for table, column in (
        (Aal2Session, "secret"),
        (WebhookEvent, "body"),
        (StaffSession, "id_token"),
    ):
        assert f"{table.__tablename__}.id" in said
        assert not re.search(rf"{table.__tablename__}\.{column}\b(?!_)", said)
    assert NetworkQuery.__tablename__ in said
