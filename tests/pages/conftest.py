"""The pages as a member of the staff sees them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.frame.places import first_page
from services.desk import Desk
from services.staff.permissions import Role
from tests.desk import FakeSignIn
from tests.pages.facts import shown_facts
from tests.staff_members import STAFF

SHELL = Path(__file__).parents[2] / "pages" / "_shell.py"


class Browser:
    """Opens pages as a member of the staff."""

    def __init__(self, sign_in: FakeSignIn) -> None:
        self._sign_in = sign_in

    def open(self, role: Role | None, page: str | None = None, **params: str) -> AppTest:
        """The page as that role sees it; the first one where none is named."""
        self._sign_in.who = STAFF[role] if role else None
        at = AppTest.from_file(str(SHELL), default_timeout=20)
        at.context = {"timezone": "America/New_York", "theme": "light"}
        at.run()
        if self._sign_in.who is not None:
            # A browser goes there by itself.
            at.switch_page(page or first_page(self._sign_in.who))
        for name, value in params.items():
            at.query_params[name] = value
        at.run()
        return at


@pytest.fixture
def browser(running_desk: Desk, sign_in: FakeSignIn) -> Browser:
    """The way to the pages."""
    return Browser(sign_in)


def texts(at: AppTest) -> str:
    """Everything that is written on the page, outside text as people read it."""
    kinds: list[Any] = [at.title, at.subheader, at.markdown, at.caption, at.error, at.info]
    kinds += [at.warning, at.code]
    written = [unescaped(str(element.value)) for kind in kinds for element in kind]
    written += [f"{name}: {fact}" for name, fact in shown_facts(at).items()]
    return "\n".join([*written, *_account(at)])


def _account(at: AppTest) -> list[str]:
    """Who is signed in, as the sidebar says."""
    components: list[Any] = list(at.get("bidi_component"))
    mine = [one.proto for one in components if one.proto.component_name == "access_desk_account"]
    return [str(value) for proto in mine for value in json.loads(proto.json).values()]


def unescaped(markdown: str) -> str:
    """Markdown without the escapes and joiners that keep outside text from being acted on."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u2060", "")


def seen(browser: Browser, patient_id: str) -> str:
    """The title of the verdict at the top of a person's page."""
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    assert not at.exception
    found = re.search(r"-badge\[:material/\w+: ([^\]]+)\] \*\*", texts(at))
    assert found is not None
    return found[1].replace("\\", "")
