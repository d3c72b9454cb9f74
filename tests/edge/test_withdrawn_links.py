"""What the holder of a link sees once it was withdrawn."""

import httpx

from services.desk import Desk
from services.staff.permissions import Role
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]


def test_a_withdrawn_link_says_so_and_nothing_else(running_desk: Desk, fresh_person: str) -> None:
    link = running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    running_desk.link_sender.withdraw(SUPPORT, link)
    for answer in (httpx.get(link.url), httpx.post(link.url)):
        assert (answer.status_code, "was withdrawn" in answer.text) == (410, True)
        assert "ask the person who sent it" in answer.text
        assert "set-cookie" not in answer.headers and "location" not in answer.headers
        assert SUPPORT.name not in answer.text and fresh_person not in answer.text
