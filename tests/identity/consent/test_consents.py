"""Consents on a link's page, by telephone and by the lasting link, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from services.errors import InvalidInput, NotPermitted, NotReady, UpstreamNotFound
from services.identity.access_facts import AAL2, IDENTITY
from services.identity.consent.consent_state import ConsentFacts, ConsentRule, ConsentState
from services.identity.consent.consents import REVOKE_REASONS, Consents, WithdrawalState
from services.identity.consent.page_consents import PageConsents, Unagreed
from services.identity.consent.texts import ConsentTerms, ConsentWords, read_words
from services.identity.patient_links import LinkState, PatientLinks, Visit
from services.staff.permissions import Role
from services.staff.reasons import OTHER_REASON, Grounds
from services.store.tables import AuditEvent, Consent, ConsentText, PatientLink
from services.vault import Vault
from tests.identity.stage import Stage
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor
from tests.world import PATIENT, PUBLIC_URL, SUPPORT

CARLA = make_actor("Carla", Role.COMPLIANCE)
WORDS = read_words(None)
NEW = ConsentWords("2", "Another text.")
YEAR = timedelta(days=366)
GROUNDS = Grounds(REVOKE_REASONS[0])


@contextmanager
def asking(
    stage: Stage, words: ConsentWords = WORDS, rule: str = "warn", keys: tuple[str, ...] = ("k",)
) -> Iterator[PatientLinks]:
    """The stage's links with pages that ask for consent, as after a start with these settings."""
    terms = ConsentTerms(ConsentRule(rule), words, YEAR)
    pages = PageConsents(stage.audit, terms, keys, PUBLIC_URL)
    before, consents = stage.links, stage.consents
    links = PatientLinks(stage.store, Vault(["k"]), stage.aal2, ["k"], stage.clock, pages)
    stage.links = links
    stage.link_sender._links = links
    stage.consents = Consents(stage.store, stage.audit, terms, PUBLIC_URL, stage.clock)
    yield links
    stage.links, stage.consents = before, consents


def token_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def verification(stage: Stage) -> str:
    return token_of(stage.link_sender.send_verification(SUPPORT, PATIENT).url)


def state(stage: Stage) -> ConsentFacts:
    return stage.identity.of_person(SUPPORT, PATIENT).consent


def agree(stage: Stage) -> Visit:
    """Continue on a verification's page, with the tick."""
    visit = stage.links.follow(verification(stage), agreed=WORDS.hash)
    assert isinstance(visit, Visit)
    return visit


def events(stage: Stage, action: str) -> list[AuditEvent]:
    return [row for row in stage.rows(AuditEvent) if row.action == action]


def test_the_tick_is_kept_with_continue(stage: Stage) -> None:
    with asking(stage) as links:
        token = verification(stage)
        assert links.look(token).asks
        assert isinstance(links.follow(token, agreed=WORDS.hash), Visit)
    [row] = stage.rows(Consent)
    assert (row.way, row.version, row.text_hash) == ("link", WORDS.version, WORDS.hash)
    assert (row.given_at, row.ends_at) == (stage.clock.now, stage.clock.now + YEAR)
    [link] = stage.rows(PatientLink)
    assert row.link_target == link.target
    [text] = stage.rows(ConsentText)
    assert (text.text_hash, text.text) == (WORDS.hash, WORDS.text)
    [event] = events(stage, "consent.give")
    assert (event.actor_id, event.patient_id, event.object_id) == ("program", PATIENT, row.id)
    assert state(stage).is_given


@pytest.mark.parametrize(
    ("agreed", "why"),
    [(None, Unagreed.UNTICKED), ("", Unagreed.TEXT_CHANGED), ("f" * 64, Unagreed.TEXT_CHANGED)],
)
def test_without_the_tick_nothing_is_used_up(
    stage: Stage, agreed: str | None, why: Unagreed
) -> None:
    with asking(stage) as links:
        token = verification(stage)
        assert links.follow(token, agreed=agreed) is why
        assert stage.rows(Consent) == []
        assert links.look(token).state is LinkState.READY
        assert isinstance(links.follow(token, agreed=WORDS.hash), Visit)


def test_a_text_that_changed_in_between_is_shown_anew(stage: Stage) -> None:
    with asking(stage) as links:
        token = verification(stage)
        assert links.look(token).asks
    # The program was started with another file while the person was reading.
    with asking(stage, NEW) as links:
        assert links.follow(token, agreed=WORDS.hash) is Unagreed.TEXT_CHANGED
        assert links.look(token).asks
        assert isinstance(links.follow(token, agreed=NEW.hash), Visit)
    [row] = stage.rows(Consent)
    assert (row.version, row.text_hash) == ("2", NEW.hash)


def test_who_has_agreed_is_not_asked_again_until_the_text_is_another(stage: Stage) -> None:
    with asking(stage) as links:
        agree(stage)
        assert not links.look(verification(stage)).asks
        stage.hear_verified("m-1")
    with asking(stage, NEW) as links:
        # A challenge asks where no consent counts; the old one still does.
        challenge = token_of(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
        assert not links.look(challenge).asks
        assert links.look(verification(stage)).asks
        stage.clock.forward(days=367)
        assert links.look(token_of(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)).asks


def test_an_imported_consent_is_the_companys_to_renew(stage: Stage) -> None:
    given = stage.clock.now.isoformat()
    stage.consent_imports.take(
        {"id": "1", "patientId": PATIENT, "version": "app", "text": "Yes.", "givenAt": given}
    )
    with asking(stage) as links:
        assert not links.look(verification(stage)).asks


def test_where_consent_is_held_elsewhere_nothing_is_asked(stage: Stage) -> None:
    with asking(stage, rule="off") as links:
        token = verification(stage)
        assert not links.look(token).asks
        assert isinstance(links.follow(token), Visit)
        with pytest.raises(NotReady, match="elsewhere"):
            stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    assert stage.rows(Consent) == []


def test_the_return_shows_the_link_that_withdraws_as_often_as_it_is_opened(stage: Stage) -> None:
    with asking(stage) as links:
        visit = agree(stage)
        url = links.withdrawal_url(IDENTITY, visit.cookie)
        assert url and url.startswith(f"{PUBLIC_URL}/ias/consent/")
        assert links.withdrawal_url(IDENTITY, visit.cookie) == url
        assert links.withdrawal_url(AAL2, visit.cookie) is None
        assert links.withdrawal_url(IDENTITY, "forged") is None
        assert links.withdrawal_url(IDENTITY, None) is None
        assert token_of(url) not in str([row.model_dump() for row in stage.rows(Consent)])
    # The secret was rotated: the link that was given out goes on working, and is shown again.
    with asking(stage, keys=("new", "k")) as links:
        assert links.withdrawal_url(IDENTITY, visit.cookie) == url
    with asking(stage, keys=("new",)) as links:
        assert links.withdrawal_url(IDENTITY, visit.cookie) is None
        assert stage.consents.look(token_of(url)) is WithdrawalState.READY


def test_a_link_that_staff_has_replaced_is_not_shown_again(stage: Stage) -> None:
    with asking(stage) as links:
        visit = agree(stage)
        old = token_of(links.withdrawal_url(IDENTITY, visit.cookie) or "")
        new = token_of(stage.consents.new_link(SUPPORT, PATIENT).url)
        assert links.withdrawal_url(IDENTITY, visit.cookie) is None
    assert stage.consents.look(old) is WithdrawalState.UNKNOWN
    assert stage.consents.look(new) is WithdrawalState.READY
    assert [event.actor for event in events(stage, "consent.link")] == [SUPPORT.name]


def test_the_lasting_link_withdraws_once_and_says_so_ever_after(stage: Stage) -> None:
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    token = token_of(stage.consents.new_link(SUPPORT, PATIENT).url)
    before = len(stage.rows(AuditEvent))
    assert stage.consents.look(token) is stage.consents.look(token) is WithdrawalState.READY
    assert len(stage.rows(AuditEvent)) == before
    stage.clock.forward(days=200)
    assert stage.consents.revoke_by_link(token) is WithdrawalState.WITHDRAWN
    assert state(stage).state is ConsentState.REVOKED
    stage.clock.forward(days=2000)
    for _ in range(2):
        assert stage.consents.look(token) is WithdrawalState.ALREADY
        assert stage.consents.revoke_by_link(token) is WithdrawalState.ALREADY
    [event] = events(stage, "consent.revoke")
    assert event.details == {"version": WORDS.version, "way": "link"}
    assert stage.consents.look("x" * 43) is WithdrawalState.UNKNOWN
    assert stage.consents.revoke_by_link("\ud800") is WithdrawalState.UNKNOWN


def test_a_link_of_years_ago_withdraws_what_was_agreed_since(stage: Stage) -> None:
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    token = token_of(stage.consents.new_link(SUPPORT, PATIENT).url)
    stage.clock.forward(days=400)
    assert stage.consents.look(token) is WithdrawalState.ENDED
    assert stage.consents.revoke_by_link(token) is WithdrawalState.ENDED
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    assert stage.consents.revoke_by_link(token) is WithdrawalState.WITHDRAWN
    assert not state(stage).is_given


def test_a_withdrawal_ends_everything_that_was_agreed_to(stage: Stage) -> None:
    for _ in range(2):
        stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
        stage.clock.forward(hours=1)
    stage.consents.revoke(SUPPORT, PATIENT, GROUNDS)
    assert state(stage).state is ConsentState.REVOKED
    rows = stage.rows(Consent)
    assert [(row.revoked_way, row.revoked_by) for row in rows] == [("staff", SUPPORT.name)] * 2
    assert {event.reason for event in events(stage, "consent.revoke")} == {REVOKE_REASONS[0]}
    with pytest.raises(NotReady):
        stage.consents.revoke(SUPPORT, PATIENT, GROUNDS)
    with pytest.raises(NotReady):
        stage.consents.new_link(SUPPORT, PATIENT)
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    assert state(stage).is_given


def test_a_clock_that_went_back_breaks_nothing(stage: Stage) -> None:
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    token = token_of(stage.consents.new_link(SUPPORT, PATIENT).url)
    stage.clock.forward(minutes=-10)
    assert stage.consents.look(token) is WithdrawalState.READY
    assert stage.consents.revoke_by_link(token) is WithdrawalState.WITHDRAWN
    stage.clock.forward(minutes=20)
    assert state(stage).state is ConsentState.REVOKED
    stage.clock.forward(minutes=-15)
    # They agree anew, by the clock before they withdrew in the ten minutes that it went back.
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    stage.clock.forward(minutes=30)
    assert state(stage).is_given


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"agreed": False}, InvalidInput),
        ({"ticket": "not a ticket"}, InvalidInput),
        ({"read_hash": NEW.hash}, NotReady),
        ({"patient_id": "nobody"}, UpstreamNotFound),
        ({"actor": CARLA}, NotPermitted),
    ],
)
def test_a_consent_by_telephone_is_confirmed(
    stage: Stage, change: dict[str, object], error: type[Exception]
) -> None:
    values = {"actor": SUPPORT, "patient_id": PATIENT, "read_hash": WORDS.hash, "agreed": True}
    with pytest.raises(error):
        stage.consents.record(**(values | change))  # type: ignore[arg-type]
    assert stage.rows(Consent) == []


def test_who_recorded_it_is_kept(stage: Stage) -> None:
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True, ticket="SUP-9")
    [row] = stage.rows(Consent)
    assert (row.way, row.recorded_by_id, row.recorded_by) == (
        "telephone", SUPPORT.id, SUPPORT.name
    )  # fmt: skip
    [event] = events(stage, "consent.record")
    assert (event.ticket, event.actor_id) == ("SUP-9", SUPPORT.id)


@pytest.mark.parametrize(
    "grounds",
    [Grounds(""), Grounds("Because"), Grounds(OTHER_REASON), Grounds(REVOKE_REASONS[0], "a b")],
)
def test_a_withdrawal_through_staff_has_a_reason(stage: Stage, grounds: Grounds) -> None:
    stage.consents.record(SUPPORT, PATIENT, WORDS.hash, agreed=True)
    with pytest.raises(InvalidInput):
        stage.consents.revoke(SUPPORT, PATIENT, grounds)
    assert state(stage).is_given


def test_two_people_may_agree_to_a_new_text_at_once(stage: Stage) -> None:
    people = [f"0191b878-d0c4-7d82-8960-cb8cf9fe6c{number}" for number in range(10, 18)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(stage.consents.record, SUPPORT, person, WORDS.hash, True)
            for person in people
        ]
        for job in jobs:
            job.result()
    assert len(stage.rows(Consent)) == len(people)
    assert len(stage.rows(ConsentText)) == 1


def test_a_page_of_people_costs_one_indexed_statement(stage: Stage) -> None:
    people = [PATIENT, "p-2", "p-3"]
    plan = plans_of(stage.store, lambda: stage.identity.standings(SUPPORT, people))
    assert_no_scan(plan)
    assert len([step for step in plan if "ix_consent_patient_id" in step]) == 1, plan
    assert_no_scan(plans_of(stage.store, lambda: stage.consents.look("x" * 43)))
