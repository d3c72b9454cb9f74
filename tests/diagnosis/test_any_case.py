"""Any case, however odd, has a verdict."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pages._ui.words.verdicts import VERDICT_TITLES
from services.diagnosis.diagnose import diagnose
from services.diagnosis.verdict import Case, Health, QueryFacts, RecordsFacts, SourceFacts
from tests.diagnosis.rule_table import LIMITS, NOW, USUAL, at
from tests.identity.any_facts import access_facts

statuses = st.sampled_from(
    ["submitting", "processing", "completed", "partial", "failed", "rejected", "unconfirmed",
     "not_started", "brand-new"]
)  # fmt: skip
times = st.integers(0, 3000).map(lambda minutes: at(minutes))
queries = st.builds(
    QueryFacts, id=st.just("q"), purpose=st.sampled_from(["ias", "treatment", "other"]),
    status=statuses, submitted_at=times, finished_at=st.none() | times,
    error_kind=st.none() | st.sampled_from(["refused", "rate_limited"]),
    error_status=st.none() | st.integers(400, 500), error_detail=st.none() | st.text(max_size=9),
    sources=st.lists(
        st.builds(SourceFacts, st.sampled_from(["hie", "x"]), statuses, st.none() | times,
                  st.none() | st.sampled_from([400, 429, 500]), st.none() | st.text(max_size=9)),
        max_size=3,
    ).map(tuple),
)  # fmt: skip
fetched = st.builds(
    RecordsFacts, st.none() | st.integers(0, 9), statuses, times, st.none() | times,
    st.none() | st.text(max_size=9),
)  # fmt: skip
cases = st.builds(
    Case, st.just(NOW), st.just(LIMITS), access_facts, st.booleans(), st.booleans(),
    st.none() | queries, st.none() | queries, st.dictionaries(st.just("q"), fetched),
    st.builds(Health, st.none() | times, st.none() | times,
              st.integers(-300, 300).map(lambda s: timedelta(seconds=s)), st.integers(0, 2)),
    st.just(USUAL), st.lists(st.sampled_from(["name", "contact", "new"]), unique=True).map(tuple),
)  # fmt: skip


@given(cases)
def test_any_case_has_a_verdict(given_case: Case) -> None:
    assert diagnose(given_case).code in VERDICT_TITLES
