"""The facts of a link as people read them. Pure."""

from datetime import datetime

from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, as_fact
from pages._ui.words.compliance.links import fact_name, source_fact
from pages._ui.words.names import requested_names, role_name
from services.compliance.evidence.evidence import Link, LinkCode, Value

_IDS = frozenset({
    "aal2 session", "bulk run", "challenge", "consent", "facility", "identity", "message",
    "request", "session", "staff session", "text",
})  # fmt: skip
"""Facts whose values are ids, also where they do not look like one."""

_LONGEST = 80


def link_facts(link: Link) -> list[tuple[str, Fact]]:
    """The facts by their names, in their order."""
    # The facts of this link are named by their source.
    name_of = source_fact if link.code is LinkCode.SOURCES else fact_name
    return [(name_of(name), fact_value(name, value)) for name, value in link.facts]


def fact_value(name: str, value: Value) -> Fact:
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
    if name == "asked for":
        return requested_names(value)
    return as_fact(value) if len(value) <= _LONGEST else Hover(value[:_LONGEST] + "…", value)
