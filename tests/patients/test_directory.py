"""Finding, opening and creating patients leaves nobody's name in the log."""

import httpx
from sqlmodel import col, select

from services.patients.form import PatientForm
from services.store.tables import (
    AuditEvent,
    UpstreamCall,
)
from tests.world import PATIENT, SUPPORT, World


def test_nobody_is_in_the_log_after_a_search_a_look_and_a_create(world: World) -> None:
    person = {"id": PATIENT, "firstName": "Markerella", "lastName": "Namewise"}

    def answer(request: httpx.Request) -> httpx.Response:
        listed = request.method == "GET" and request.url.path.endswith("/patient")
        return httpx.Response(200, json={"patients": [person]} if listed else person)

    world.answer = answer
    world.patients.search(SUPPORT, "Markerella 1950-01-31")
    world.patients.open(SUPPORT, PATIENT)
    form = PatientForm(
        "Markerella", "Namewise", "1950-01-31", "F", "1 Markway", "", "Marktown", "OR", "97403",
        facility_id="f",
    )  # fmt: skip
    world.patients.match(SUPPORT, form)
    world.patients.create(SUPPORT, form)
    with world.store.read() as session:
        rows = [*session.exec(select(AuditEvent)).all(), *session.exec(select(UpstreamCall)).all()]
    written = " ".join(str(row.model_dump()) for row in rows)
    assert "Mark" not in written and "1950-01-31" not in written
    assert [row.action for row in rows if isinstance(row, AuditEvent)] == [
        "patient.search",
        "patient.view",
        "patient.match",
        "patients.create",
        "patients.create",
    ]


def test_a_search_notes_the_ids_of_whom_it_shows_in_events_of_25(world: World) -> None:
    ids = [f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(60)]
    people = [{"id": one, "firstName": "Markerella", "lastName": "N"} for one in ids]
    world.answer = lambda _: httpx.Response(200, json={"patients": people})
    world.patients.search(SUPPORT, "Markerella")
    with world.store.read() as session:
        events = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all()
    noted = [(event.details or {})["shown"] for event in events]
    assert [len(some) for some in noted] == [25, 25, 10]
    assert [one for some in noted for one in some] == ids
