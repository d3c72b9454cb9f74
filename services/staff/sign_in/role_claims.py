"""Reads somebody's name, groups and roles from the claims of a provider."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.staff.permissions import Role

_LONGEST_NAME = 200
_LONGEST_EMAIL = 254
_NAMES = ("name", "preferred_username", "email", "sub")
"""Claims that hold a name to show, the best one first."""


@dataclass(frozen=True)
class RoleRule:
    """Where the groups of a person stand in the claims, and which group gives which role."""

    claim: str
    groups: tuple[tuple[str, Role], ...]

    def roles(self, claims: Mapping[str, Any]) -> list[Role] | None:
        """The roles that the claims give, in the order of `Role`; None where the claim is missing.

        An empty list means that the claim is there and names no group that gives a role.
        """
        found = groups_in(claims, self.claim)
        if found is None:
            return None
        granted = {role for group, role in self.groups if group in found}
        return [role for role in Role if role in granted]


def role_rule(claim: str, pairs: Iterable[tuple[str, str]]) -> RoleRule:
    """The rule that the settings `ROLE_CLAIM` and `ROLE_MAP` make."""
    return RoleRule(claim, tuple((group, Role(role)) for group, role in pairs))


def groups_in(claims: Mapping[str, Any], path: str) -> list[str] | None:
    """The groups that a claim holds; None where there is no such claim, or it is null.

    The claim is one group as text, or a list of them; whatever else is in the list is no group.
    """
    value = next(_values(claims, path), None)
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]


def shown_name(claims: Mapping[str, Any]) -> str:
    """What pages call the person: at most 200 characters, without line breaks and controls."""
    names = (_clean(claims.get(claim)) for claim in _NAMES)
    return next((name for name in names if name), "")[:_LONGEST_NAME].rstrip()


def email_of(claims: Mapping[str, Any]) -> str:
    """The e-mail address; empty where there is none that fits."""
    email = _clean(claims.get("email"))
    return email if len(email) <= _LONGEST_EMAIL else ""


def _values(claims: Any, path: str) -> Iterator[Any]:
    """Whatever stands at `path`. A name may hold dots itself, as web addresses do."""
    if not isinstance(claims, Mapping):
        return
    if path in claims:
        yield claims[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        first, rest = ".".join(parts[:length]), ".".join(parts[length:])
        if first in claims:
            yield from _values(claims[first], rest)


def _clean(value: object) -> str:
    """Text without what cannot be seen: controls, and marks that turn the writing around."""
    if not isinstance(value, str):
        return ""
    # The longest that is looked at; what is shown is cut further.
    seen = (" " if character.isspace() else character for character in value[:2000])
    shown = "".join(mark for mark in seen if unicodedata.category(mark)[0] != "C")
    return " ".join(shown.split())


def named_groups(pairs: Sequence[tuple[str, Role]]) -> dict[Role, list[str]]:
    """The groups that give each role; a role that nobody can have has an empty list."""
    return {role: [group for group, given in pairs if given is role] for role in Role}
