"""From the claims of a provider to groups, roles and a name."""

from typing import Any

import pytest

from services.staff.permissions import Role
from services.staff.sign_in.role_claims import (
    email_of,
    groups_in,
    named_groups,
    role_rule,
    shown_name,
)

GROUPS = [
    ({"groups": ["a", "b"]}, "groups", ["a", "b"]),
    ({"groups": "desk support: EU/West"}, "groups", ["desk support: EU/West"]),
    ({"groups": "a,b"}, "groups", ["a,b"]),
    ({"groups": "a b"}, "groups", ["a b"]),
    ({"groups": []}, "groups", []),
    ({"groups": ""}, "groups", []),
    ({"groups": ["a", 7, None, "", ["b"], {"c": "d"}]}, "groups", ["a"]),
    ({"groups": 7}, "groups", []),
    ({"groups": True}, "groups", []),
    ({"groups": {"a": "b"}}, "groups", []),
    ({"groups": None}, "groups", None),
    ({}, "groups", None),
    ({"Groups": ["a"]}, "groups", None),
    ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"]),
    ({"realm_access": {"roles": []}}, "realm_access.roles", []),
    ({"realm_access": {}}, "realm_access.roles", None),
    ({"realm_access": None}, "realm_access.roles", None),
    ({"realm_access": ["roles"]}, "realm_access.roles", None),
    ({"realm_access": "roles"}, "realm_access.roles", None),
    ({"resource_access": {"desk": {"roles": ["a"]}}}, "resource_access.desk.roles", ["a"]),
    ({"https://example.org/roles": ["a"]}, "https://example.org/roles", ["a"]),
    ({"https://example.org": {"in": ["a"]}}, "https://example.org.in", ["a"]),
    ({"a.b": {"c": ["x"]}}, "a.b.c", ["x"]),
    ({"a": {"b.c": ["x"]}}, "a.b.c", ["x"]),
    ({"a.b.c": ["whole"], "a": {"b": {"c": ["deep"]}}}, "a.b.c", ["whole"]),
    ({"a.b": {"d": []}, "a": {"b": {"c": ["deep"]}}}, "a.b.c", ["deep"]),
    ({"a": ["x"]}, "a.", None),
    ({"a": ["x"]}, "..", None),
]


@pytest.mark.parametrize(("claims", "path", "groups"), GROUPS)
def test_a_claim_is_a_group_or_a_list_of_them(
    claims: dict[str, Any], path: str, groups: list[str] | None
) -> None:
    assert groups_in(claims, path) == groups


RULE = role_rule("groups", [("a", "support"), ("b", "admin"), ("also a", "support")])
ROLES = [
    (["a"], [Role.SUPPORT]),
    (["also a", "a"], [Role.SUPPORT]),
    (["b", "a"], [Role.SUPPORT, Role.ADMIN]),
    ("b", [Role.ADMIN]),
    (["A"], []),
    (["support"], []),
    (["admin", "a b", "a,b"], []),
    ([], []),
]


@pytest.mark.parametrize(("groups", "roles"), ROLES)
def test_only_a_group_of_the_map_gives_a_role(groups: object, roles: list[Role]) -> None:
    assert RULE.roles({"groups": groups}) == roles


def test_a_missing_claim_is_not_an_empty_one() -> None:
    assert RULE.roles({}) is None


def test_a_group_may_give_two_roles() -> None:
    rule = role_rule("groups", [("a", "support"), ("a", "compliance")])
    assert rule.roles({"groups": ["a"]}) == [Role.SUPPORT, Role.COMPLIANCE]


def test_each_role_has_the_groups_that_give_it() -> None:
    groups = named_groups(RULE.groups)
    assert groups[Role.SUPPORT] == ["a", "also a"]
    assert groups[Role.PRODUCT] == []


NAMES = [
    ({"name": "Sam Reyes", "email": "s@x.test", "sub": "1"}, "Sam Reyes"),
    ({"name": "  ", "preferred_username": "sam", "sub": "1"}, "sam"),
    ({"name": 7, "email": "s@x.test", "sub": "1"}, "s@x.test"),
    ({"name": ["Sam"], "sub": "1"}, "1"),
    ({"name": "Sam\r\nReyes\x00\x1b[31m", "sub": "1"}, "Sam Reyes[31m"),
    ({"name": "\u202emaS\u200b", "sub": "1"}, "maS"),
    ({"name": "Zoë Łuk–Ó", "sub": "1"}, "Zoë Łuk–Ó"),
    ({"name": "x" * 500, "sub": "1"}, "x" * 200),
    ({"name": "é" * 5000, "sub": "1"}, "é" * 200),
    ({"name": "<b>Sam</b>", "sub": "1"}, "<b>Sam</b>"),
    ({"name": "x" * 199 + " y", "sub": "1"}, "x" * 199),
    ({}, ""),
]


@pytest.mark.parametrize(("claims", "name"), NAMES)
def test_a_name_is_short_and_on_one_line(claims: dict[str, Any], name: str) -> None:
    assert shown_name(claims) == name


@pytest.mark.parametrize(
    ("email", "kept"),
    [("s@x.test", "s@x.test"), ("s\n@x.test", "s @x.test"), ("e" * 255, ""), (7, ""), (None, "")],
)
def test_an_email_fits_or_is_left_out(email: object, kept: str) -> None:
    assert email_of({"email": email}) == kept
