"""No page lets text from outside come alive: every word is read as the browser gets it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from pages._ui.dialogs.edit_patient import EDIT, Edit
from services.desk import Desk
from services.patients.form import PatientForm
from services.staff.permissions import Role
from tests.desk import FakeSignIn, served_desk
from tests.pages.conftest import SHELL, Browser, unescaped
from tests.pages.evil import EVIL, PEOPLE, VICTIM, fill_log, fill_sandbox
from tests.staff_members import STAFF

ADMIN = STAFF[Role.ADMIN]

_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
# Markdown shows these as they are.
_HARMLESS = {"x", "+1", "-1", "\u674e", "\u0645\u062d\u0645\u062f", "a\u200bb", "e\u0301",
             "\U0001f600", "O\u2019Malley"}  # fmt: skip

SHOWN_AS_TEXT = {
    ("Code", "code_text"),
    ("TextInput", "default"),
    ("TextInput", "value"),
    ("Selectbox", "options"),
    ("Selectbox", "raw_value"),
    ("MultiSelect", "options"),
    ("Dataframe", "columns"),
    ("Arrow", "columns"),
    ("Arrow", "alt"),
    ("PlotlyChart", "spec"),
    ("PlotlyChart", "alt"),
    ("PageLink", "query_string"),
    ("BidiComponent", "json"),
}
"""Fields that Streamlit shows as they are, or for which there are tests of their own."""


@pytest.fixture(scope="module")
def evil_desk(tmp_path_factory: pytest.TempPathFactory, sign_in: FakeSignIn) -> Iterator[Desk]:
    """A program in which every word from outside is evil."""
    folder = tmp_path_factory.mktemp("evil")
    with served_desk(folder, sign_in) as desk:
        fill_sandbox(folder / "sandbox.db")
        yield desk


@pytest.fixture(scope="module")
def ids(evil_desk: Desk) -> dict[str, list[str]]:
    """The ids of evil rows, by table."""
    return fill_log(evil_desk.store, evil_desk.clock())


@pytest.fixture
def browser(evil_desk: Desk, sign_in: FakeSignIn) -> Browser:
    return Browser(sign_in)


def words(at: AppTest) -> Iterator[str]:
    """Every string that Streamlit reads as Markdown on the page."""
    for element in at._tree:
        proto = getattr(element, "proto", None)
        if isinstance(proto, Message):
            yield from _strings(proto)


def component_texts(at: AppTest) -> Iterator[str]:
    """Every string that a list of rows or facts is sent, and puts in as text."""
    components: list[Any] = list(at.get("bidi_component"))
    for component in components:
        yield from _strings_of_json(json.loads(component.proto.json or "null"))


def _strings_of_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings_of_json(part)


def _strings(message: Message) -> Iterator[str]:
    kind = message.DESCRIPTOR.name
    for field, value in message.ListFields():
        if (kind, field.name) in SHOWN_AS_TEXT:
            continue
        values = value if _is_many(value) else [value]
        for part in values:
            if isinstance(part, Message):
                yield from _strings(part)
            elif isinstance(part, str):
                yield part


def _is_many(value: Any) -> bool:
    return not isinstance(value, str | bytes | Message) and hasattr(value, "__iter__")


def _is_alive(text: str, word: str) -> bool:
    """Whether Markdown, or the direction of writing, would act on `text` in `word`."""
    if text.startswith("    "):
        return word.startswith("    ")
    if text.startswith("\u202e"):
        return "\u202e" in word and "\u2068" not in word
    return text not in _HARMLESS and text in _ESCAPED.sub("\u25a1", word)


def assert_dead(at: AppTest) -> str:
    """No text is on the page as it came; answers all words, as people read them."""
    assert not at.exception and not any("Something went wrong" in e.value for e in at.error)
    found = list(words(at))
    assert not [(text, word) for word in found for text in EVIL if _is_alive(text, word)]
    texts = list(component_texts(at))
    # Text takes nothing from Markdown, but the direction of writing would reach beyond it.
    assert not [text for text in texts if "\u202e" in text and "\u2068" not in text]
    return "\n".join([*map(unescaped, found), *texts])


def plain(text: str) -> str:
    """The text as it is shown: on one line."""
    return text.replace("\n", " ").replace("\t", " ")


@pytest.mark.parametrize("page", ["patients.py", "queries.py", "outcomes.py", "webhooks.py",
                                  "calls.py", "bulk.py", "system.py", "ias_audit.py"])  # fmt: skip
def test_no_list_lets_a_text_come_alive(
    browser: Browser, ids: dict[str, list[str]], page: str
) -> None:
    assert_dead(browser.open(Role.ADMIN, page))


def test_no_persons_page_lets_a_text_come_alive(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "patient.py")
    for patient_id, text in zip(PEOPLE[1:], EVIL[1:], strict=True):
        at.query_params["patient"] = patient_id
        shown = assert_dead(at.run())
        assert plain(text).strip() in shown


def test_a_page_with_all_of_them_shows_each(browser: Browser, ids: dict[str, list[str]]) -> None:
    shown = assert_dead(browser.open(Role.ADMIN, "patient.py", patient=VICTIM))
    for text in EVIL:
        assert plain(text) in shown


@pytest.mark.parametrize(
    ("page", "parameter", "table"),
    [
        ("query.py", "query", "query"),
        ("evidence.py", "query", "query"),
        ("webhook.py", "message", "webhook"),
        ("call.py", "call", "call"),
        ("bulk.py", "run", "run"),
    ],
)
def test_no_page_of_one_thing_lets_a_text_come_alive(
    browser: Browser, ids: dict[str, list[str]], page: str, parameter: str, table: str
) -> None:
    at = browser.open(Role.ADMIN, page)
    for key, text in zip(ids[table], EVIL, strict=True):
        at.query_params[parameter] = key
        shown = assert_dead(at.run())
        assert plain(text) in shown


def test_a_link_with_evil_filters_shows_them_as_text(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "queries.py")
    for text in EVIL:
        at.query_params["error"] = at.query_params["by"] = text
        assert_dead(at.run())


def test_an_evil_facility_is_text_in_the_dialog(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "patient.py", patient=PEOPLE[3])
    button(at, "Start treatment query").click().run()
    facility, reason = at.selectbox
    facility.select_index(0)
    reason.select_index(0)
    button(at, "Review").click().run()
    assert "for https://evil.example/login" in assert_dead(at)


def test_an_evil_person_is_text_in_the_form_and_in_a_conflict(
    browser: Browser, evil_desk: Desk
) -> None:
    at = browser.open(Role.ADMIN, "patient.py")
    for patient_id, text in zip(PEOPLE[1:], EVIL[1:], strict=True):
        at.query_params["patient"] = patient_id
        person = evil_desk.patients.open(ADMIN, patient_id)
        for theirs in (None, person):
            edit = Edit(person, PatientForm(city="Salem"), theirs=theirs)
            at.session_state["open_dialog"] = (EDIT, patient_id, edit)
            shown = assert_dead(at.run())
        assert plain(text).strip() in shown


def test_the_name_of_a_member_of_the_staff_is_text(running_desk: Desk, sign_in: FakeSignIn) -> None:
    for text in EVIL:
        sign_in.who = replace(ADMIN, name=text)
        # A window of its own: what one has open ends with its viewer.
        at = AppTest.from_file(str(SHELL), default_timeout=20)
        at.context = {"timezone": "America/New_York", "theme": "light"}
        assert plain(text) in assert_dead(at.run())


def button(at: AppTest, label: str) -> Any:
    return next(button for button in at.button if button.label == label)
