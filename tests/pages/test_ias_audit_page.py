"""The pages of the IAS audit, of the evidence of one query, and of the rules, for each role."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from pages._ui.compliance.audit_figures import percent
from pages._ui.compliance.audit_period import AuditPeriod
from pages._ui.words.compliance.links import LINK_WORDS
from services.compliance.evidence.evidence import LinkCode
from services.compliance.rules.rule_sets import RULE_SETS
from services.desk import Desk
from services.staff.permissions import Role
from services.store.tables import Assessment, AuditEvent, NetworkQuery
from tests.compliance.ias_audit.rows import count, judge
from tests.pages.conftest import Browser, texts
from tests.pages.lists import ShownList, has_list, sent_to, shown_list

DAY = date(2012, 3, 5)
"""A day of the past on which nothing else was judged."""

DAYS = {"span": "Days …", "from": "2012-03-01", "to": "2012-03-31"}
PERSON = "0191b878-d0c4-7d82-8960-cb8cf9fe6c99"


@pytest.fixture(scope="module")
def judged(running_desk: Desk) -> Desk:
    """Some judged queries and looks of a month of the past."""
    store, at = running_desk.store, datetime(2012, 3, 5, 12, tzinfo=UTC)
    with store.read() as session:
        if session.get(Assessment, "past serious") is not None:
            return running_desk
    judge(store, "past serious", [("consent_missing", 3), ("no_reason", 2), ("clocks", 2)], at,
          present=9, missing=["consent"], patient_id=PERSON)  # fmt: skip
    judge(store, "past notice", [("method_not_phishing_resistant", 1)], at)
    judge(store, "past clean", [], at)
    judge(store, "event 1", [("look_without_cause", 2)], at, kind="look", purpose="")
    count(store, DAY, ias=3, complete=2, present=29, applicable=30, severity_3=1, severity_2=1,
          severity_1=1, rule_consent_missing=1, rule_no_reason=1)  # fmt: skip
    return running_desk


def open_past(browser: Browser, role: Role = Role.COMPLIANCE, **params: str) -> AppTest:
    """The page over that month."""
    at = browser.open(role, "ias_audit.py", **DAYS | params)
    assert not at.exception
    return at


def findings(at: AppTest) -> ShownList:
    return shown_list(at, "findings")


def newest(desk: Desk, action: str) -> AuditEvent:
    with desk.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == action)
        return session.exec(wanted.order_by(col(AuditEvent.seq).desc())).first()  # type: ignore[return-value]


def chain_of(at: AppTest) -> list[dict[str, Any]]:
    """The links that the page shows."""
    components: list[Any] = list(at.get("bidi_component"))
    [chain] = [one for one in components if one.proto.component_name == "access_desk_chain"]
    links: list[dict[str, Any]] = json.loads(chain.proto.json)["links"]
    return links


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.ADMIN])
def test_figures_and_list_of_a_period(browser: Browser, judged: Desk, role: Role) -> None:
    at = open_past(browser, role)
    assert {one.label: one.value for one in at.metric} | {"Open reviews now": ""} == {
        "IAS queries": "3", "Completeness": "96.7 %", "With findings": "3", "Open reviews now": "",
    }  # fmt: skip
    shown = findings(at)
    assert shown.keys == ["past serious", "event 1", "past notice"]
    assert shown.column("Worst") == ["Serious", "Warning", "Notice"]
    assert shown.column("What") == ["IAS", "Look", "IAS"]
    assert shown.column("Findings")[0] == "Consent missing; No reason +1"
    assert shown.column("Links")[0] == "9\u00a0of\u00a010"
    assert shown.addresses[:2] == ["/evidence?query=past+serious", "/evidence?query=event+1"]
    assert len(at.get("plotly_chart")) == 3
    assert "Mar 1 to Mar 31, 2012 (UTC)" in texts(at)


def test_product_sees_figures_and_nothing_of_anybody(browser: Browser, judged: Desk) -> None:
    at = open_past(browser, Role.PRODUCT, about=PERSON, rule="No reason")
    # The past of this test lies outside the periods of product.
    assert len(at.metric) == 3 and "Groups of at most 5 people" in texts(at)
    assert not has_list(at, "findings") and not has_list(at, "unseen_looks")
    assert not at.selectbox and not at.text_input and not at.button
    everything = texts(at) + "".join(one.proto.json for one in at.get("bidi_component"))
    assert PERSON not in everything and "Sam Support" not in everything


@pytest.mark.parametrize("page", ["evidence.py", "rules.py"])
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PRODUCT])
def test_others_see_no_evidence(browser: Browser, role: Role, page: str) -> None:
    at = browser.open(role, page, query="past serious")
    assert "does not have this page" in texts(at)
    assert not at.get("bidi_component") or "access_desk_chain" not in {
        one.proto.component_name for one in at.get("bidi_component")
    }


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        ({"severity": "Serious"}, ["past serious"]),
        ({"rule": "Records looked at without a query or ticket near it"}, ["event 1"]),
        ({"what": "Looks"}, ["event 1"]),
        ({"what": "IAS queries"}, ["past serious", "past notice"]),
        ({"show": "Missing links"}, ["past serious"]),
        ({"show": "All"}, ["past serious", "event 1", "past notice", "past clean"]),
        ({"about": PERSON}, ["past serious"]),
        ({"from": "2012-03-06"}, []),
    ],
)
def test_filters_stand_in_the_address(
    browser: Browser, judged: Desk, params: dict[str, str], keys: list[str]
) -> None:
    at = open_past(browser, **params)
    assert not at.warning
    if not keys and not has_list(at, "findings"):
        assert "Nothing was judged in this period" in texts(at)
        return
    assert findings(at).keys == keys


def test_who_stands_in_the_address_by_id(browser: Browser, judged: Desk) -> None:
    at = open_past(browser, who="test#Sam Support")
    assert len(findings(at)) == 3
    at.selectbox(key="audit_who").select(None).run()
    assert "who" not in at.query_params and not at.exception
    at = open_past(browser, who="nobody#1")
    assert "was judged, so it does not filter" in texts(at)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"span": "banana"}, "asks for the period “banana”, which there is not. Shown: 90 days."),
        ({"from": "soon"}, "“soon” in the address is no date"),
        ({"from": "2012-03-31", "to": "2012-03-01"}, "From is after To"),
        ({"rule": "<b>x</b>"}, "is none of its values"),
        ({"severity": "dreadful"}, "is none of its values"),
        ({"after": "nonsense"}, "This page of the list cannot be found"),
        ({"about": "Anna Smith"}, "Only ids can be filtered by"),
    ],
)
def test_an_address_that_cannot_be_shown_says_so(
    browser: Browser, judged: Desk, params: dict[str, str], told: str
) -> None:
    at = browser.open(Role.COMPLIANCE, "ias_audit.py", **DAYS | params)
    assert not at.exception and told in texts(at)


def test_an_empty_period_says_what_to_do(browser: Browser) -> None:
    at = open_past(browser, **{"from": "2011-01-01", "to": "2011-01-02"})
    assert "Nothing was judged in this period" in texts(at)
    assert not at.get("plotly_chart") and not has_list(at, "findings")


def test_product_sees_whole_weeks_whatever_days_an_address_names(browser: Browser) -> None:
    at = open_past(browser, Role.PRODUCT, **{"from": "2011-01-01", "to": "2011-01-02"})
    assert "Weeks and months are whole ones, in UTC" in texts(at)
    assert "2011" not in texts(at) and not has_list(at, "findings")


def test_ten_years_are_shown_by_quarters(browser: Browser, judged: Desk) -> None:
    at = open_past(browser, to="2022-03-31")
    assert "IAS queries per quarter, by their evidence" in [one.value for one in at.subheader]


def test_a_pasted_query_id_opens_its_evidence(browser: Browser, running_desk: Desk) -> None:
    query = some_query(running_desk)
    at = browser.open(Role.COMPLIANCE, "ias_audit.py")
    at.text_input(key="about").set_value(query.id).run()
    assert not at.exception and sent_to(at) == f"/evidence?query={query.id}"


def test_the_list_is_exported_with_its_filters(browser: Browser, judged: Desk) -> None:
    at = open_past(browser, severity="Serious")
    next(one for one in at.button if one.label == "Export").click().run()
    assert "**1 queries and looks**" in texts(at) and not at.exception
    assert "severities: serious" in texts(at).lower()


def some_query(desk: Desk, **values: Any) -> NetworkQuery:
    """An IAS query of the demo, started here."""
    wanted = select(NetworkQuery).where(
        NetworkQuery.purpose == "ias", NetworkQuery.origin == values.get("origin", "dashboard")
    )
    with desk.store.read() as session:
        return session.exec(wanted.order_by(col(NetworkQuery.submitted_at))).first()  # type: ignore[return-value]


def test_the_evidence_of_a_query_is_read_link_by_link(browser: Browser, running_desk: Desk) -> None:
    query = some_query(running_desk)
    at = browser.open(Role.COMPLIANCE, "evidence.py", query=query.id)
    assert not at.exception and at.title[0].value == "Evidence of one IAS query"
    links = chain_of(at)
    assert [link["code"] for link in links] == [code.value for code in LinkCode]
    assert {link["label"] for link in links} <= {"Present", "Missing", "Not needed"}
    assert all(link["why"] for link in links if link["state"] != "present")
    assert all(link["rows"] for link in links if link["state"] == "present")
    event = newest(running_desk, "evidence.view")
    assert (event.object_id, event.patient_id) == (query.id, query.patient_id)


def test_the_evidence_of_a_query_from_elsewhere_shows_what_lacks(
    browser: Browser, running_desk: Desk
) -> None:
    query = some_query(running_desk, origin="external")
    at = browser.open(Role.ADMIN, "evidence.py", query=query.id)
    assert not at.exception and "Missing: " in texts(at)
    assert "missing" in {link["state"] for link in chain_of(at)}


def test_a_treatment_query_needs_no_links_of_individual_access(
    browser: Browser, running_desk: Desk
) -> None:
    with running_desk.store.read() as session:
        wanted = select(NetworkQuery.id).where(NetworkQuery.purpose == "treatment")
        query_id = session.exec(wanted).first() or ""
    links = chain_of(browser.open(Role.COMPLIANCE, "evidence.py", query=query_id))
    consent = next(link for link in links if link["code"] == "consent")
    assert (consent["label"], consent["shows"]) == ("Not needed", "") and consent["why"]


def test_a_look_is_shown_with_its_event_and_findings(browser: Browser, judged: Desk) -> None:
    at = browser.open(Role.COMPLIANCE, "evidence.py", query="event 1")
    assert not at.exception and at.title[0].value == "Evidence of one look"
    assert "Records looked at without a query or ticket near it" in texts(at)


@pytest.mark.parametrize(
    "subject", ["none", "event", "event x", "event ٣", "event 999999999999999999", "<b>"]
)
def test_no_such_subject_is_said_to_be_unknown(browser: Browser, subject: str) -> None:
    at = browser.open(Role.COMPLIANCE, "evidence.py", query=subject)
    assert not at.exception and at.title[0].value == "There is no evidence to show"
    assert at.error


def test_no_subject_is_chosen(browser: Browser) -> None:
    assert "No query is chosen" in texts(browser.open(Role.COMPLIANCE, "evidence.py"))


def test_a_querys_page_leads_to_its_evidence_for_those_who_may(
    browser: Browser, running_desk: Desk
) -> None:
    query = some_query(running_desk)

    def links(role: Role) -> list[str]:
        at = browser.open(role, "query.py", query=query.id)
        return [one.proto.label for one in at.get("page_link")]

    assert "Evidence" in links(Role.COMPLIANCE) and "Evidence" in links(Role.ADMIN)
    assert "Evidence" not in links(Role.SUPPORT)


@pytest.mark.parametrize("version", [one.version for one in RULE_SETS])
def test_every_version_of_the_rules_is_listed(browser: Browser, version: str) -> None:
    at = browser.open(Role.COMPLIANCE, "rules.py", version=version)
    assert not at.exception
    [rules] = [one for one in RULE_SETS if one.version == version]
    shown = shown_list(at, "rules")
    assert set(shown.keys) == {rule.code for rule in rules.rules}
    assert all(shown.column("Source")) and f"Version {version}" in texts(at)
    assert "What the tool cannot prove" in [one.value for one in at.subheader]


def test_every_link_has_words() -> None:
    assert set(LINK_WORDS) == set(LinkCode)


def test_what_lacks_is_never_rounded_away() -> None:
    assert (percent(None), percent(1.0), percent(0.99999)) == ("—", "100 %", "99.9 %")
    assert percent(0.5) == "50.0 %"


def test_a_period_is_told_in_words() -> None:
    assert AuditPeriod(DAY, DAY).words == "Mar 5, 2012 (UTC)"
    assert AuditPeriod(DAY - timedelta(days=80), DAY).words == "Dec 16, 2011 to Mar 5, 2012 (UTC)"
