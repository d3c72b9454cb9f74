"""What a verdict says that it is based on."""

from datetime import timedelta

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


def _ended(status: str, *sources: SourceFacts) -> Case:
    began = NOW - timedelta(minutes=9)
    query = QueryFacts("q", "treatment", status, began, finished_at=NOW, sources=sources)
    return Case(NOW, LIMITS, treatment=query)


def test_a_failed_source_says_why() -> None:
    failed = SourceFacts("pharmacy", "failed", error_message="No answer", provider="surescripts")
    verdict = diagnose(_ended("partial", SourceFacts("hie", "completed"), failed))
    assert verdict.evidence["Failed sources"] == "pharmacy (surescripts)"
    assert verdict.evidence["Sources say"] == "pharmacy (surescripts): No answer"


def test_a_failed_source_without_a_word_says_so() -> None:
    verdict = diagnose(_ended("failed", SourceFacts("hie", "failed")))
    assert verdict.evidence["Sources say"] == "Metriport gave no reason"


def test_a_hidden_failure_names_what_completed() -> None:
    verdict = diagnose(_ended("partial", SourceFacts("hie", "completed")))
    assert (verdict.code, verdict.evidence["Completed sources"]) == ("hidden_failure", "hie")


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
