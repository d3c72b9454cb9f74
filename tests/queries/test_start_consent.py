"""The consent at the start of an IAS query: what the log keeps, and what refuses the start."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.errors import ConsentMissing
from services.ids import new_id
from services.store.tables import Consent
from tests.identity.stage import Stage
from tests.queries.test_start_checks import (
    assert_nothing_spent,
    captured,
    check_of,
    last_start,
    reads,
)
from tests.world import PATIENT

__all__ = ["captured"]


def agree(stage: Stage, **changes: Any) -> str:
    """Write a consent of the person; its id."""
    at = stage.clock.now - timedelta(minutes=1)
    row = Consent(
        id=new_id(at), patient_id=PATIENT, version="1", text_hash="0" * 64, way="link",
        given_at=at, recorded_at=at, **changes,
    )  # fmt: skip
    with stage.store.write() as session:
        session.add(row)
        return row.id


def use_rule(stage: Stage, rule: str) -> None:
    stage.checks = stage.make_checks(rule)
    stage.query_starts = stage.make_starts()


@pytest.mark.parametrize("rule", ["required", "warn", "off"])
def test_the_consent_is_kept_with_the_start(captured: Stage, rule: str) -> None:
    consent_id = agree(captured)
    use_rule(captured, rule)
    check = check_of(captured, captured.ask())
    assert (check.consent, check.consent_id) == ("given", consent_id)


def test_a_required_consent_that_is_missing_stops_the_start(captured: Stage) -> None:
    use_rule(captured, "required")
    before = reads(captured)
    with pytest.raises(ConsentMissing):
        captured.ask()
    assert reads(captured) == before
    assert_nothing_spent(captured)
    assert last_start(captured).outcome == "not ready"


@pytest.mark.parametrize(
    ("rule", "changes", "word"),
    [
        ("warn", {"ends_at": timedelta()}, "ended"),
        ("warn", {"revoked_at": timedelta()}, "revoked"),
        ("off", {"revoked_at": timedelta()}, "off"),
    ],
)
def test_a_consent_that_is_over_is_kept_as_such(
    captured: Stage, rule: str, changes: dict[str, timedelta], word: str
) -> None:
    consent_id = agree(captured, **dict.fromkeys(changes, captured.clock.now))
    use_rule(captured, rule)
    check = check_of(captured, captured.ask())
    assert (check.consent, check.consent_id) == (word, consent_id)


def test_a_consent_withdrawn_while_the_record_is_read_stops_the_start(captured: Stage) -> None:
    agree(captured)
    use_rule(captured, "required")

    def withdraw(_: httpx.Request) -> httpx.Response:
        with captured.store.write() as session:
            row = session.exec(select(Consent)).one()
            row.revoked_at = captured.clock.now
            session.add(row)
        return httpx.Response(200, json=captured.upstream.person | {"id": PATIENT})

    captured.upstream.refusing[PATIENT] = withdraw
    with pytest.raises(ConsentMissing):
        captured.ask()
    assert_nothing_spent(captured)
