"""What a verdict says that it is based on."""

from datetime import timedelta

import pytest

from services.diagnosis.diagnose import diagnose
from services.diagnosis.verdict import Case, QueryFacts, SourceFacts
from services.identity.access_state import (
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    Limits,
    LinkFacts,
)
from tests.clock import FakeClock

NOW = FakeClock().now
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))


VERIFIED = IdentityFacts("pid", NOW - timedelta(days=9))


def _ended(
    status: str,
    *sources: SourceFacts,
    purpose: str = "treatment",
    identity: IdentityFacts | None = None,
) -> Case:
    began = NOW - timedelta(minutes=9)
    query = QueryFacts("q", purpose, status, began, finished_at=NOW, sources=sources)
    facts = AccessFacts(identity=identity)
    return Case(NOW, LIMITS, facts, **{"ias" if purpose == "ias" else "treatment": query})


def test_a_failed_source_says_why() -> None:
    failed = SourceFacts("pharmacy", "failed", error_message="No answer", provider="surescripts")
    verdict = diagnose(_ended("partial", SourceFacts("hie", "completed"), failed))
    assert verdict.evidence["Failed sources"] == "Pharmacy (surescripts)"
    assert verdict.evidence["Sources say"] == "Pharmacy (surescripts): No answer"


def test_a_failed_source_without_a_word_says_so() -> None:
    verdict = diagnose(_ended("failed", SourceFacts("hie", "failed")))
    assert verdict.evidence["Sources say"] == "HIE: Metriport gave no reason"


@pytest.mark.parametrize("status", ["partial", "failed"])
@pytest.mark.parametrize(("purpose", "identity"), [("treatment", None), ("ias", VERIFIED)])
def test_the_verdict_itself_says_why_each_source_failed(
    status: str, purpose: str, identity: IdentityFacts | None
) -> None:
    sources = (
        SourceFacts("hie", "completed" if status == "partial" else "failed"),
        SourceFacts("lab", "failed", error_message="Gateway timed out"),
        SourceFacts("pharmacy", "failed"),
    )
    verdict = diagnose(_ended(status, *sources, purpose=purpose, identity=identity))
    assert "Laboratory: Gateway timed out; Pharmacy: Metriport gave no reason" in verdict.what


def test_a_source_that_was_not_asked_says_why() -> None:
    reason = "No address {0} of the person."
    unasked = SourceFacts("lab", "not_started", error_status=400, error_message=reason)
    verdict = diagnose(_ended("completed", SourceFacts("hie", "completed"), unasked))
    assert verdict.what == f"Laboratory could not be asked. Laboratory: {reason}"


def test_a_long_reason_is_cut_in_the_heading_and_whole_in_the_evidence() -> None:
    reason = "The gateway of the source did not answer. " * 20
    failed = SourceFacts("hie", "failed", error_message=reason)
    verdict = diagnose(_ended("failed", failed))
    assert len(verdict.what) < 300 and verdict.what.endswith("….")
    assert reason in str(verdict.evidence["Sources say"])


def test_a_hidden_failure_names_what_completed() -> None:
    verdict = diagnose(_ended("partial", SourceFacts("hie", "completed")))
    assert (verdict.code, verdict.evidence["Completed sources"]) == ("hidden_failure", "HIE")


def test_a_forged_return_is_seen_in_the_verdict() -> None:
    at = NOW - timedelta(minutes=2)
    challenge = LinkFacts("t", at, NOW + timedelta(minutes=9), returned_at=at, returns=2)
    facts = AccessFacts(
        identity=IdentityFacts("pid", NOW - timedelta(hours=1)),
        challenge=challenge,
        session=Aal2SessionFacts("s", "t", "pid", at),
    )
    verdict = diagnose(Case(NOW, LIMITS, facts=facts))
    assert verdict.code == "aal2_active"
    assert str(verdict.evidence["Contested"]).startswith("2 different returns")
