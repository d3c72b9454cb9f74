"""The facts of a link as people read them. Pure."""

from datetime import datetime

from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, as_fact
from pages._ui.words.names import role_name
from services.compliance.evidence.evidence import Link, LinkCode, Value
from services.compliance.evidence.fact_words import fact_name, fact_words

_IDS = frozenset({
    "aal2 session", "bulk run", "challenge", "consent", "facility", "identity", "message",
    "request", "session", "staff session", "text",
})  # fmt: skip
"""Facts whose values are ids, also where they do not look like one."""

_LONGEST = 80


def link_facts(link: Link) -> list[tuple[str, Fact]]:
    """The facts by their names, in their order."""
    return [
        (fact_name(link.code, name), _fact_value(link.code, name, value))
        for name, value in link.facts
    ]


def _fact_value(code: LinkCode, name: str, value: Value) -> Fact:
    """The value of a fact; ids can be copied, and long texts are whole on hover."""
    match value:
        case None | datetime():
            return value
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}"
    if name in _IDS and " " not in value:
        return Id(value)
    if name == "role":
        return role_name(value)
    words = fact_words(code, name, value)
    return as_fact(words) if len(words) <= _LONGEST else Hover(words[:_LONGEST] + "…", words)
