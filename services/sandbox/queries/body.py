"""Reads the body of a network query start; raises `Refusal` (400) if it is not as documented."""

from typing import Any

from services.sandbox.answers import wrong
from services.sandbox.queries.sources import TYPES, Asked

PURPOSES = ("treatment", "ias")
# The options of each source. The vendor documents more for `hie`; the sandbox has none of them.
_SWITCHES = {"hie": {"enabled"}, "pharmacy": {"enabled", "realtime"}, "lab": {"enabled"}}

MOST_PAIRS = 50
LONGEST_KEY = 40
LONGEST_VALUE = 500


def read_sources(body: dict[str, Any]) -> list[Asked]:
    """The enabled sources, from the object form or from the legacy array."""
    sources = body.get("sources")
    if isinstance(sources, list):
        asked = _from_array(sources)
    elif isinstance(sources, dict):
        asked = _from_object(sources)
    else:
        raise wrong("sources", "must be an object or an array")
    if not asked:
        raise wrong("sources", "at least one source must be enabled")
    return asked


def read_metadata(body: dict[str, Any]) -> dict[str, str]:
    """The metadata that every webhook of the query repeats."""
    pairs = body.get("metadata")
    if pairs is None:
        return {}
    if not isinstance(pairs, dict) or len(pairs) > MOST_PAIRS:
        raise wrong("metadata", f"must be an object of at most {MOST_PAIRS} pairs")
    for key, value in pairs.items():
        if not 1 <= len(key) <= LONGEST_KEY:
            raise wrong("metadata", f"keys must have 1 to {LONGEST_KEY} characters")
        if not isinstance(value, str) or len(value) > LONGEST_VALUE:
            raise wrong("metadata", f"values must be strings of at most {LONGEST_VALUE} characters")
    return pairs


def _from_array(sources: list[Any]) -> list[Asked]:
    for name in sources:
        if name not in TYPES:
            raise wrong("sources", f"must be among {', '.join(TYPES)}")
    return [Asked(type_) for type_ in TYPES if type_ in sources]


def _from_object(sources: dict[str, Any]) -> list[Asked]:
    for name, switches in sources.items():
        if name not in _SWITCHES:
            # Cut, because the name comes from the caller and may be of any length.
            raise wrong(f"sources.{name}"[:80], "is no source")
        _check_switches(name, switches)
    found = [(type_, sources.get(type_, {})) for type_ in TYPES]
    return [Asked(type_, on.get("realtime", False)) for type_, on in found if on.get("enabled")]


def _check_switches(name: str, switches: Any) -> None:
    """Refuse unknown options and a missing `enabled`, as the vendor's schema does."""
    if not isinstance(switches, dict) or "enabled" not in switches:
        raise wrong(f"sources.{name}", "must be an object with enabled")
    for switch, value in switches.items():
        if switch not in _SWITCHES[name] or not isinstance(value, bool):
            raise wrong(f"sources.{name}.{switch}"[:80], "is no switch that is true or false")
