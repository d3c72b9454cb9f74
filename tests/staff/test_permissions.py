"""What each role may do: the table of the program against the one of its design."""

import pytest

from services.staff.permissions import Actor, Permission, Role, is_granted, staff_id
from tests.staff_members import make_actor

_LETTERS = dict(zip("SCPA", Role, strict=True))

MATRIX = {
    Permission.PATIENTS_VIEW: "SC-A",
    Permission.PATIENTS_CREATE: "S--A",
    Permission.PATIENTS_CORRECT: "S--A",
    Permission.LINKS_SEND: "S--A",
    Permission.QUERIES_START: "S--A",
    Permission.CONSENT_RECORD: "S--A",
    Permission.RECORDS_COUNT: "SC-A",
    Permission.RECORDS_DOWNLOAD: "---A",
    Permission.QUERIES_VIEW: "SC-A",
    Permission.OUTCOMES_VIEW: "SCPA",
    Permission.ADOPTION_PEOPLE: "SC-A",
    Permission.GOALS_SET: "--PA",
    Permission.ANNOTATE: "S-PA",
    Permission.TEST_PEOPLE: "S--A",
    Permission.IAS_FIGURES: "-CPA",
    Permission.IAS_AUDIT: "-C-A",
    Permission.IAS_REVIEW: "-C-A",
    Permission.PATIENT_RIGHTS: "-C-A",
    Permission.RETENTION_HOLD: "-C-A",
    Permission.ACCESS_LOG: "-C-A",
    Permission.WEBHOOKS_VIEW: "SC-A",
    # What a message says may be clinical: as little of it as of records is for everybody.
    Permission.WEBHOOKS_BODY: "---A",
    Permission.WEBHOOKS_REPLAY: "---A",
    Permission.STAFF_SESSIONS: "---A",
    Permission.SYSTEM: "---A",
}
"""Support, compliance, product and administrator, by their letters."""


@pytest.mark.parametrize("permission", Permission)
def test_roles_may_what_the_table_says(permission: Permission) -> None:
    may = "".join(
        letter if is_granted(role, permission) else "-" for letter, role in _LETTERS.items()
    )
    assert may == MATRIX[permission]
    for role in Role:
        assert make_actor("x", role).may(permission) is is_granted(role, permission)


def test_a_tag_tells_people_and_roles_apart_and_says_nothing_of_them() -> None:
    sasha = Actor(staff_id("https://id.test", "sasha"), "Sasha", Role.SUPPORT, "s-1")
    again = Actor(sasha.id, "Sasha Renamed", Role.SUPPORT, "s-2", address="10.0.0.9")
    assert sasha.tag == again.tag
    # Two people of one name are two, and one person in two roles is two as well.
    namesake = Actor(staff_id("https://id.test", "other"), "Sasha", Role.SUPPORT, "s-1")
    as_admin = Actor(sasha.id, "Sasha", Role.ADMIN, "s-1")
    assert len({sasha.tag, namesake.tag, as_admin.tag}) == 3
    assert "sasha" not in sasha.tag.lower()


def test_the_same_subject_of_two_issuers_is_two_people() -> None:
    assert staff_id("https://a.test", "x") != staff_id("https://b.test", "x")
