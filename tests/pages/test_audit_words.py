"""Every action that the program can write has words and a kind; odd details cost no sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pages._ui.words.audit.act_words import ACT_WORDS, act_words
from pages._ui.words.audit.outcomes import OUTCOMES, outcome_words
from pages._ui.words.audit.sentences import event_sentence
from services.staff.access_log.acts import ACTS, act_of
from services.staff.permissions import Permission

ROOT = Path(__file__).parents[2]
_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)?")
_DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")
_WRITERS = ("note", "append", "look", "_switch")


def written_actions() -> set[str]:
    """Every action that a call in `services` hands to the access log."""
    found: set[str] = set()
    for path in ROOT.glob("services/**/*.py"):
        if "sandbox" not in path.parts:
            found |= set(_actions_of(ast.parse(path.read_text())))
    return found


def _actions_of(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg == "table" and isinstance(keyword.value, ast.Constant):
                yield f"{keyword.value.value}.export"
        if isinstance(node.func, ast.Attribute) and node.func.attr in _WRITERS and _audits(node):
            for argument in node.args:
                yield from _texts(argument, constants)


def _audits(call: ast.Call) -> bool:
    """Whether the call goes to the access log: `self._audit.note(…)`, `self._switch(…)`."""
    of = ast.unparse(call.func)
    return "audit" in of or of in ("self._switch",)


def _texts(argument: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(argument, ast.Name) and argument.id in constants:
        argument = constants[argument.id]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value


def test_the_search_for_actions_finds_them() -> None:
    found = written_actions()
    assert {"patient.view", "sign_in", "bulk.stop", "links.send", "queries.export"} - found <= {
        # The value of a permission, which has words as every permission has.
        "links.send"
    }
    assert len(found) > 25
    assert all(_ACTION.fullmatch(action) for action in found)


def test_every_action_has_words_and_a_kind() -> None:
    found = written_actions()
    assert found - set(ACT_WORDS) == set()
    assert found - set(ACTS) == set()


def test_every_permission_has_words() -> None:
    assert {permission.value for permission in Permission} - set(ACT_WORDS) == set()
    assert all(act_of(permission.value).permission for permission in Permission)


def test_words_are_sentences_and_phrases() -> None:
    for words in ACT_WORDS.values():
        assert words.did[0].isupper() and words.may[0].islower()
        assert not words.did.endswith(".") and not _DOTTED.search(words.did + words.may)


def event(action: str, outcome: str = "done", kind: str | None = None, **details: Any) -> Any:
    return SimpleNamespace(
        action=action, outcome=outcome, object_kind=kind, details=details or None
    )


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (event("patient.view"), "Opened the record"),
        (event("patient.search", shown=["a"] * 12), "Searched for people: 12 shown"),
        (event("patient.search", shown=3), "Searched for people: 3 shown"),
        (event("links.send", "sent", "identity link"), "Sent a verification link"),
        (event("links.send", "asked", "aal2 link"), "Made a challenge: asked of Metriport"),
        (event("queries.start", "asked", purpose="ias"),
         "Started an IAS query: asked of Metriport"),
        (event("queries.start", "denied"), "Was refused: the role may not start queries"),
        (event("queries.start", "ended"),
         "Was refused: the sign-in had ended, so it could not start queries"),
        (event("queries.export", rows=1, format="CSV"), "Made a file of queries: 1 row, CSV"),
        (event("patients.correct", fields=["zip", "city"]),
         "Corrected the person’s details: zip, city"),
        (event("patients.correct", "conflict", opted_out=True),
         "Set the HIE opt-out to yes: not carried out (changed meanwhile)"),
        (event("sign_in", "refused", why="no role"), "Was refused at sign-in: no role"),
        (event("session.end", why="sign_out"), "Signed out"),
        (event("access_log.search", patient_id="x"), "Looked at who saw this person"),
        (event("bulk.start", people=40), "Started a bulk run: 40 people"),
        (event("audit.verify", "failed"), "Verified the access log, and found it damaged"),
        (event("something.new"), "something.new"),
    ],
)  # fmt: skip
def test_sentences(told: Any, sentence: str) -> None:
    assert event_sentence(told) == sentence


@pytest.mark.parametrize("value", [None, "x", [], {}, -1, [None], 2.5])
def test_odd_details_cost_no_sentence(value: Any) -> None:
    names = ("shown", "rows", "fields", "people", "messages", "found", "candidates", "purpose")
    for action in ACT_WORDS:
        for name in names:
            assert event_sentence(event(action, **{name: value}))


def test_an_outcome_is_an_icon_a_word_and_a_colour() -> None:
    for outcome in (*OUTCOMES, "rate_limited", "failed", "new"):
        words = outcome_words(outcome)
        assert words.icon and words.label and words.colour
    assert act_words("new").did == "new"
