"""A page of one thing whose address names none: still a page, with a heading and a sentence."""

import pytest

from services.staff.permissions import Role
from tests.pages.conftest import Browser

OF_ONE_THING = ["patient.py", "query.py", "webhook.py", "call.py", "evidence.py", "records.py"]


@pytest.mark.parametrize("page", OF_ONE_THING)
def test_the_page_has_a_heading_and_says_what_to_do(browser: Browser, page: str) -> None:
    at = browser.open(Role.ADMIN, page)
    assert not at.exception
    assert len(at.title) == 1 and (at.info or at.error)
