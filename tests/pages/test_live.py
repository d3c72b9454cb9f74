"""What pages have the browser watch, and when the time alone has them drawn again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.frame.live import when_older
from services.desk import Desk
from services.lookup.changes import Subject
from services.metriport.schemas import Sources
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.test_troubleshooting_pages import run_query
from tests.staff_members import STAFF

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
WATCH = "access_desk_watch"
SUPPORT = STAFF[Role.SUPPORT]


def _watched(at: AppTest) -> dict[str, dict[str, Any]]:
    """What the script in the browser is told, by the subject that it watches."""
    protos = (getattr(element, "proto", None) for element in at._tree)
    watches = (proto for proto in protos if getattr(proto, "component_name", "") == WATCH)
    return {data["subject"]: data for data in (json.loads(proto.json) for proto in watches)}


def test_a_persons_page_watches_the_person_and_the_viewers_queries(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    watched = _watched(at)
    assert set(watched) == {"patient", "staff"}
    drawn = watched["patient"]
    assert drawn["key"] == fresh_person
    assert running_desk.changes.is_sealed(drawn["seal"], SUPPORT, Subject.PATIENT, fresh_person)
    run_query(running_desk, fresh_person, Sources(lab=True))
    assert running_desk.changes.version(SUPPORT, Subject.PATIENT, fresh_person) != drawn["version"]
    assert _watched(at.run())["patient"]["version"] != drawn["version"]


def test_a_link_that_expires_has_the_page_drawn_then(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    sent = running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    left = (sent.expires_at - running_desk.clock()).total_seconds()
    assert 0 < _watched(at)["patient"]["due"] <= left


@pytest.mark.parametrize(
    ("page", "subject"),
    [("queries.py", "query"), ("webhooks.py", "webhook"), ("bulk.py", "run")],
)
def test_lists_watch_all_of_their_kind(browser: Browser, page: str, subject: str) -> None:
    assert _watched(browser.open(Role.ADMIN, page))[subject]["key"] == ""


def test_who_was_signed_out_elsewhere_sees_nothing_more(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "queries.py")
    at.session_state["signed_out"] = True
    at.run()
    assert "Your sign-in has ended" in texts(at)
    assert not _watched(at)


@pytest.mark.parametrize(
    ("age", "again"),
    [
        (timedelta(0), timedelta(seconds=5)),
        (timedelta(seconds=49), timedelta(seconds=5)),
        (timedelta(minutes=10), timedelta(minutes=1)),
        (timedelta(days=1), timedelta(hours=2.4)),
    ],
)
def test_a_relative_time_is_drawn_anew_once_it_has_grown_by_a_tenth(
    age: timedelta, again: timedelta
) -> None:
    assert when_older(NOW - age, NOW) == NOW + again
    assert when_older(None, NOW) is None
