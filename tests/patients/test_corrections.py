"""Correcting people: what is asked of upstream, what stands in the log, and who may."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.desk import Desk
from services.errors import Conflict, InvalidInput, NoAnswer, NotPermitted
from services.patients.corrections import CORRECTION_REASONS
from services.patients.edited import compare, merge
from services.patients.form import PatientForm
from services.staff.permissions import Role
from services.staff.reasons import OTHER_REASON, Grounds
from services.store.tables import AuditEvent, UpstreamCall
from tests.staff_members import STAFF, make_actor
from tests.world import PATIENT, SUPPORT, World, raises

WHY = Grounds(CORRECTION_REASONS[0], "SUP-1042")
REVIEWER = make_actor("Carla", Role.COMPLIANCE)
HOME = {"addressLine1": "1 Markway", "city": "Marktown", "state": "OR", "zip": "97403"}
PERSON = {
    "id": PATIENT,
    "eTag": "3",
    "facilityIds": ["f-1"],
    "firstName": "Markerella",
    "lastName": "Namewise",
    "dob": "1950-01-31",
    "genderAtBirth": "F",
    "address": [HOME],
    "contact": [{"email": "mark@example.com"}],
}


def answering(changes: dict[str, Any] | None = None) -> Any:
    """An upstream that knows the person, with `changes`, and takes what is sent."""
    return lambda _: httpx.Response(200, json=PERSON | (changes or {}))


def form_of(world: World, **typed: str) -> tuple[Any, PatientForm]:
    world.answer = answering()
    before = world.patients.open(SUPPORT, PATIENT)
    return before, replace(PatientForm.of(before, "f-1"), **typed)


def events(world: World) -> list[AuditEvent]:
    """The events of corrections."""
    with world.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == "patients.correct")
        return list(session.exec(wanted.order_by(AuditEvent.seq)).all())


def test_the_log_names_the_fields_and_no_value(world: World) -> None:
    before, form = form_of(world, last_name="Othermark", phone="541-555-0123")
    answer = world.corrections.correct(SUPPORT, before, form, WHY)
    assert answer.last_name == "Namewise"
    sent = world.requests[-1]
    assert (sent.method, sent.headers["if-match"]) == ("PUT", "3")
    assert sent.url.params["facilityId"] == "f-1"
    found = events(world)
    assert [one.outcome for one in found] == ["asked", "done"]
    assert found[0].details == {"fields": ["last_name", "phone"]}
    assert (found[0].reason, found[0].ticket) == (CORRECTION_REASONS[0], "SUP-1042")
    with world.store.read() as session:
        rows = [*session.exec(select(AuditEvent)).all(), *session.exec(select(UpstreamCall)).all()]
    written = " ".join(str(row.model_dump()) for row in rows).casefold()
    assert not [word for word in ("mark", "namewise", "1950", "5550123") if word in written]


def _found(world: World, name: str) -> list[str]:
    return world.names.find([name], [], 5, slips=False)


def test_a_search_finds_the_new_name_and_nobody_who_opted_out(world: World) -> None:
    before, form = form_of(world, last_name="Othermark")
    assert _found(world, "namew") == [PATIENT]
    world.answer = answering({"lastName": "Othermark"})
    world.corrections.correct(SUPPORT, before, form, WHY)
    assert (_found(world, "namew"), _found(world, "otherm")) == ([], [PATIENT])
    world.corrections.set_hie_opt_out(SUPPORT, PATIENT, True, WHY)
    assert _found(world, "otherm") == []


def test_who_may_have_opted_out_is_not_found_by_memory(world: World) -> None:
    form_of(world)
    assert _found(world, "namew") == [PATIENT]
    world.answer = raises(httpx.ReadTimeout("t"))
    with pytest.raises(NoAnswer):
        world.corrections.set_hie_opt_out(SUPPORT, PATIENT, True, WHY)
    assert _found(world, "namew") == []


def test_the_intent_stands_before_upstream_is_asked(world: World) -> None:
    before, form = form_of(world, city="Salem")
    seen: list[str] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.extend(one.outcome for one in events(world))
        return httpx.Response(200, json=PERSON)

    world.answer = look
    world.corrections.correct(SUPPORT, before, form, WHY)
    assert seen == ["asked"]


def test_what_became_of_it_is_noted(world: World) -> None:
    before, form = form_of(world, city="Salem")
    world.answer = raises(httpx.ReadTimeout("t"))
    with pytest.raises(NoAnswer):
        world.corrections.correct(SUPPORT, before, form, WHY)
    # What may have been carried out is not sent again.
    assert [one.method for one in world.requests] == ["GET", "PUT"]
    assert [one.outcome for one in events(world)] == ["asked", "no_answer"]


def test_wrong_fields_and_grounds_are_told_together(world: World) -> None:
    before, form = form_of(world, city="", zip="1")
    with pytest.raises(InvalidInput) as caught:
        world.corrections.correct(SUPPORT, before, form, Grounds(OTHER_REASON))
    assert list(caught.value.fields) == ["city", "zip", "ticket"]
    assert events(world) == [] and len(world.requests) == 1


def test_nothing_is_sent_where_nothing_was_changed(world: World) -> None:
    before, form = form_of(world, dob="01/31/1950")
    with pytest.raises(InvalidInput, match="No field differs"):
        world.corrections.correct(SUPPORT, before, form, WHY)


def test_nothing_is_sent_that_would_lose_what_cannot_be_read(world: World) -> None:
    world.answer = answering({"address": [HOME, "somewhere"]})
    before = world.patients.open(SUPPORT, PATIENT)
    with pytest.raises(InvalidInput, match="cannot be read"):
        world.corrections.correct(SUPPORT, before, PatientForm.of(before, "f-1"), WHY)


@pytest.mark.parametrize(
    "unreadable",
    [
        {"contact": [{"phone": {"number": "5415550123"}, "email": "mark@example.com"}]},
        {"contact": [{"email": ["a@example.com", "b@example.com"]}]},
        {"address": [HOME, HOME | {"addressLine2": ["#4"]}]},
        {"address": [HOME | {"country": {"code": "USA"}}]},
        {"externalId": {"value": "MRN-1"}},
        {"externalId": True},
    ],
)
def test_nor_what_cannot_be_read_of_an_address_or_a_contact(
    world: World, unreadable: dict[str, Any]
) -> None:
    world.answer = answering(unreadable)
    before = world.patients.open(SUPPORT, PATIENT)
    form = replace(PatientForm.of(before, "f-1"), last_name="Othermark")
    with pytest.raises(InvalidInput, match="cannot be read"):
        world.corrections.correct(SUPPORT, before, form, WHY)
    assert [one.method for one in world.requests] == ["GET"]


def test_a_number_for_a_text_is_sent_back_as_its_digits(world: World) -> None:
    contact = {"phone": 5415550123, "email": "mark@example.com"}
    world.answer = answering({"address": [HOME | {"zip": 97403}], "contact": [contact]})
    before = world.patients.open(SUPPORT, PATIENT)
    form = replace(PatientForm.of(before, "f-1"), last_name="Othermark")
    world.corrections.correct(SUPPORT, before, form, WHY)
    sent = json.loads(world.requests[-1].content)
    assert (sent["address"][0]["zip"], sent["contact"][0]["phone"]) == ("97403", "5415550123")


def test_without_an_etag_the_person_is_read_again_and_compared(world: World) -> None:
    world.answer = answering({"eTag": None})
    before = world.patients.open(SUPPORT, PATIENT)
    form = replace(PatientForm.of(before, "f-1"), city="Salem")
    world.corrections.correct(SUPPORT, before, form, WHY)
    world.answer = answering({"eTag": None, "lastName": "Othermark"})
    with pytest.raises(Conflict):
        world.corrections.correct(SUPPORT, before, form, WHY)
    assert [one.method for one in world.requests] == ["GET", "GET", "PUT", "GET"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        (lambda world, *who: world.corrections.set_hie_opt_out(*who, True, WHY), "opted_out"),
        (
            lambda world, *who: world.corrections.set_treatment_relationship(*who, True, WHY),
            "exists",
        ),
    ],
)
def test_flags_are_changed_for_a_reason(world: World, change: Any, flag: str) -> None:
    world.answer = answering()
    change(world, SUPPORT, PATIENT)
    found = events(world)
    assert [one.outcome for one in found] == ["asked", "done"]
    assert found[0].details == {flag: True}
    assert (found[0].reason, found[0].ticket) == (WHY.reason, WHY.ticket)
    with pytest.raises(NotPermitted):
        change(world, REVIEWER, PATIENT)
    assert len(world.requests) == 1 and events(world)[-1].outcome == "denied"


def test_flags_without_a_reason_are_not_changed(world: World) -> None:
    for change in (world.corrections.set_hie_opt_out, world.corrections.set_treatment_relationship):
        with pytest.raises(InvalidInput):
            change(SUPPORT, PATIENT, True, Grounds("because", "Jane Smith"))
    assert world.requests == [] and events(world) == []


def test_the_sandbox_keeps_what_both_sides_changed(running_desk: Desk, fresh_person: str) -> None:
    """Two members of the staff correct one person; the slower one is asked, and loses nothing."""
    staff = STAFF[Role.SUPPORT]
    desk, facilities = running_desk, running_desk.patients.facilities(staff)
    before = desk.patients.open(staff, fresh_person)
    theirs = replace(PatientForm.of(before, facilities[0].id), phone="5415550100", city="Elsewhere")
    ours = replace(PatientForm.of(before, facilities[0].id), city="Ourtown", address_line2="#4")
    desk.corrections.correct(staff, before, theirs, WHY)
    with pytest.raises(Conflict):
        desk.corrections.correct(staff, before, ours, WHY)
    now = desk.patients.open(staff, fresh_person)
    today = desk.clock().date()
    takes = {one.field: one.takes_ours for one in compare(before, ours, now, today)}
    assert takes["city"] is None and takes["address_line2"] is True and takes["phone"] is False
    merged = merge(ours, now, {"city": True, "address_line2": True, "phone": False})
    after = desk.corrections.correct(staff, now, merged, WHY)
    home = after.address[0]
    assert (home.city, home.address_line2) == ("Ourtown", "#4")
    assert PatientForm.of(after).phone == "5415550100"
    assert after.address[1:] == before.address[1:]


def test_the_sandbox_tells_the_flags_back(running_desk: Desk, fresh_person: str) -> None:
    staff, desk = STAFF[Role.SUPPORT], running_desk
    desk.corrections.set_hie_opt_out(staff, fresh_person, True, WHY)
    desk.corrections.set_treatment_relationship(
        staff, fresh_person, False, Grounds("Care at the facility has ended")
    )
    found = desk.patients.open(staff, fresh_person)
    assert (found.hie_opt_out, found.treatment_relationship) == (True, False)
