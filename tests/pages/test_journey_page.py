"""How a person's page reads: one thing to do, one name for it, and a timeline that keeps up."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.words.acts import ONLY_ADMINISTRATORS_READ, ONLY_ADMINISTRATORS_REPLAY
from services.desk import Desk
from services.identity.patient_links import SentWay
from services.ids import new_id
from services.sandbox.people import load_people
from services.staff.permissions import Role
from services.store.tables import UpstreamCall
from services.webhooks.filters import WebhookFilters
from tests.pages.conftest import Browser, texts
from tests.pages.facts import shown_facts
from tests.pages.lists import shown_list
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
SCENARIOS = {one.scenario: one.patient["id"] for one in load_people() if one.scenario}


def primary(at: AppTest) -> list[str]:
    """The labels of the primary buttons."""
    return [one.label for one in at.button if one.proto.type == "primary"]


def button(at: AppTest, key: str) -> Any:
    return next(one for one in at.button if one.key == key)


@pytest.mark.parametrize(
    ("scenario", "act"),
    [
        ("identity_none", "Send verification link"),
        ("identity_unopened", None),
        ("identity_opened", None),
        ("identity_overdue", "Send verification link"),
        ("identity_link_expired", "Send verification link"),
        ("aal2_none", "Send challenge"),
        ("aal2_unopened", None),
        ("aal2_declined", "Send challenge"),
        ("aal2_used", "Send challenge"),
        ("ias_unconfirmed", None),
        ("ias_refused", "Send challenge"),
        ("ias_failed", "Send challenge"),
        ("query_not_started", "Start treatment query"),
        ("records_failed", "Fetch records"),
        ("unknown_status", "Open the query"),
    ],
)
def test_the_verdict_has_the_only_primary_button(
    browser: Browser, scenario: str, act: str | None
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=SCENARIOS[scenario])
    assert not at.exception
    assert primary(at) == ([act] if act else [])


def test_the_steps_of_a_failed_round_say_so_and_offer_the_next(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=SCENARIOS["ias_failed"])
    shown = texts(at)
    assert "Satisfied" in shown and "HIE, Laboratory failed. Another round needs" in shown
    assert "HIE: Metriport gave no reason; Laboratory: Metriport gave no reason" in shown
    assert button(at, "step_4_action").label == "Send challenge"
    assert "step_3_action" not in [one.key for one in at.button]


def test_an_unconfirmed_round_offers_no_other(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=SCENARIOS["ias_unconfirmed"])
    assert "may or may not be running" in texts(at)
    assert {one.key for one in at.button} & {"step_3_action", "step_4_action"} == set()


def test_the_timeline_shows_what_happens_while_the_page_is_open(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    before = len(shown_list(at, "timeline"))
    link = running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    running_desk.link_sender.mark_sent(SUPPORT, link, SentWay.EMAIL)
    agreed = running_desk.consents.terms.words.hash
    running_desk.links.follow(link.url.rsplit("/", 1)[1], agreed=agreed)
    at.run()
    timeline = shown_list(at, "timeline")
    assert len(timeline) == before + 5 and not at.exception
    told = list(zip(timeline.column("What"), timeline.column("State"), strict=True))
    assert told[:5] == [
        ("Verification", "Opened"),
        ("Consent", "Given"),
        ("Verification link", "Looked at"),
        ("Verification link", "Sent"),
        ("Verification link", "Link ready"),
    ]


def test_what_the_timeline_leaves_out_is_said_and_can_be_shown(
    browser: Browser, fresh_person: str
) -> None:
    at = browser.open(Role.ADMIN, "patient.py", patient=fresh_person)
    assert "Not shown: Calls, Staff." in texts(at)
    kinds = at.button_group[0]
    kinds.set_value([*kinds.value, *kinds.options]).run()
    assert "Not shown" not in texts(at)
    assert "Opened the record" in shown_list(at, "timeline").column("What")
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    assert "Not shown: Calls." in texts(at)


def test_older_entries_are_announced_and_shown(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    now = running_desk.clock()
    with running_desk.store.write() as session:
        session.add_all(
            UpstreamCall(id=new_id(now), at=now, method="GET", path=f"/{number}",
                         duration_ms=1, patient_id=fresh_person)
            for number in range(60)
        )  # fmt: skip
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    kinds = at.button_group[0]
    kinds.set_value(["Calls"]).run()
    assert len(shown_list(at, "timeline")) == 50
    assert "The newest 50 are shown; there are older ones." in texts(at)
    button(at, "timeline_more").click().run()
    assert len(shown_list(at, "timeline")) > 60
    assert "there are older ones" not in texts(at)


def test_support_is_told_who_can_replay_and_read(browser: Browser, running_desk: Desk) -> None:
    event = running_desk.inbox.search(SUPPORT, WebhookFilters(states=("processed",)), None).rows[0]
    at = browser.open(Role.SUPPORT, "webhook.py", message=event.id)
    assert ONLY_ADMINISTRATORS_REPLAY in texts(at) and ONLY_ADMINISTRATORS_READ in texts(at)
    assert shown_facts(at)["Message id"] == event.message_id
    assert ONLY_ADMINISTRATORS_REPLAY in texts(browser.open(Role.SUPPORT, "webhooks.py"))
    for page, params in (("webhook.py", {"message": event.id}), ("webhooks.py", {})):
        assert "Only an administrator" not in texts(browser.open(Role.ADMIN, page, **params))
