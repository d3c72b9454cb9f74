"""The values of facts as people read them, where the log holds a code. Pure."""

from collections.abc import Mapping

from services.compliance.evidence.evidence import LinkCode
from services.identity.consent.consent_state import ConsentWay
from services.queries.conditions.source_names import requested_names, source_name
from services.records.looks import LookAct

_WORDS: Mapping[str, Mapping[str, str]] = {
    "captured": {
        ConsentWay.LINK: "on the page of a link",
        ConsentWay.IMPORT: "in the company's own app",
        ConsentWay.TELEPHONE: "by telephone",
    },
    "looked": {LookAct.LIST: "at the list", LookAct.DOWNLOAD: "downloaded them"},
}
_CODES = frozenset({"status", "refused as", "returned as"})
"""Facts whose values are codes that read as words."""


def fact_name(link: str, name: str) -> str:
    """The name of a fact of a link, as it begins a line; those of the sources are their names."""
    if link == LinkCode.SOURCES:
        kind, comma, attempt = name.partition(",")
        return source_name(kind) + comma + attempt
    return name[:1].upper() + name[1:]


def fact_words(link: str, name: str, value: str) -> str:
    """The value of a fact of a link; a code that is new here is answered as it is."""
    if name == "asked for":
        return requested_names(value)
    if link == LinkCode.SOURCES or name in _CODES:
        return value.replace("_", " ")
    return _WORDS.get(name, {}).get(value, value)
