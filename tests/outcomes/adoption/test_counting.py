"""People are counted from the rows of the log, on both databases, by indexes."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from services.identity.access_facts import ACTIVE
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.steps import STEPS
from services.store import Store, tables
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    ConsentText,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    PersonSteps,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
)
from tests.outcomes.adoption.people import at


def add_whole_way(session: Session, patient_id: str, start: float = 0) -> None:
    """Somebody who took every step, one every ten minutes from `start` on."""
    own = patient_id

    def moment(minutes: float) -> Any:
        return at(start + minutes)

    who = {"created_by_id": "staff", "created_by": "Somebody"}
    link = {"patient_id": own, **who}
    asked = IdentitySession(
        id=f"i-{own}", session_id=f"ids_{own}", status="completed", created_at=moment(0),
        expires_at=moment(60), opened_at=moment(15), **link,
    )  # fmt: skip
    challenge = Aal2Challenge(
        id=f"c-{own}", challenge_id=f"aalc_{own}", proofed_identity_id=f"p-{own}",
        method="webauthn", status="pending", created_at=moment(40), expires_at=moment(55),
        opened_at=moment(45), **link,
    )  # fmt: skip
    query = NetworkQuery(
        id=f"q-{own}", request_id=f"r-{own}", patient_id=own, facility_id="f1", purpose="ias",
        origin="dashboard", status="completed", submitted_at=moment(60), finished_at=moment(72),
        proofed_identity_id=f"p-{own}",
    )  # fmt: skip
    rows: list[SQLModel] = [
        asked,
        # A look at the link comes before its page is left for the proofing.
        PatientLink(
            token_hash=f"t-{own}", kind="identity", target=asked.id, created_at=moment(0),
            expires_at=moment(60), opened_at=moment(10), **link,
        ),
        Consent(
            id=f"k-{own}", patient_id=own, version="1", text_hash="hash", way="link",
            given_at=moment(20), recorded_at=moment(20),
        ),
        ProofedIdentity(
            proofed_identity_id=f"p-{own}", patient_id=own, status=ACTIVE, verified_at=moment(30)
        ),
        challenge,
        query,
        QuerySource(
            query_id=query.id, type="hie", status="completed", completed_at=moment(71),
            submitted_at=query.submitted_at,
        ),
        QuerySource(
            query_id=query.id, type="lab", status="completed", completed_at=moment(70),
            submitted_at=query.submitted_at,
        ),
        Aal2Session(
            id=f"s-{own}", challenge_id=challenge.id, patient_id=own, fingerprint=f"f-{own}",
            proofed_identity_id=f"p-{own}", verified_at=moment(50), used_by=query.id,
            used_at=moment(60), ended_at=moment(60), end_reason="used",
        ),
        RecordRequest(
            id=f"a-{own}", patient_id=own, conversion_type="json", status="completed",
            submitted_at=moment(79), counted_at=moment(80), resource_counts={"Observation": 3},
        ),
    ]  # fmt: skip
    for row in rows:
        session.add(row)
        session.flush()


def keep_text(session: Session) -> None:
    session.add(ConsentText(text_hash="hash", version="1", text="Yes.", first_used_at=at(0)))
    session.flush()


def test_a_person_is_counted_from_the_rows_of_the_log(store: Store) -> None:
    with store.write() as session:
        keep_text(session)
        add_whole_way(session, "ann")
        add_whole_way(session, "bob", 5)
    with store.read() as session:
        rows = PeopleCounting().read(session, ["ann", "bob", "nobody"])
    assert set(rows) == {"ann", "bob"}
    ann = rows["ann"]
    assert (ann.step, ann.step_without_consent) == (9, 8)
    moments = [getattr(ann, f"{step.value}_at") for step in STEPS]
    assert moments == [at(10 * number) for number in range(9)]
    assert ann.counted["facility"] == "f1"
    assert ["aal2", "2026-09-07T00:00:00+00:00", ["records", "resistant", 0], None] in (
        ann.counted["cells"]
    )


def test_whoever_is_marked_is_counted_as_a_test(store: Store) -> None:
    with store.write() as session:
        keep_text(session)
        add_whole_way(session, "ann")
        session.add(
            tables.PersonOfTest(
                patient_id="ann", marked_at=at(0), marked_by_id="a", marked_by="Admin"
            )
        )
    with store.read() as session:
        row = PeopleCounting().read(session, ["ann"])["ann"]
    assert {cell[2][-1] for cell in row.counted["cells"]} == {1}


def test_people_are_listed_in_order_from_every_table(store: Store) -> None:
    with store.write() as session:
        keep_text(session)
        for number in range(5):
            add_whole_way(session, f"p{number}")
        session.add(
            NetworkQuery(
                id="alone", patient_id="p7", purpose="treatment", origin="external",
                status="completed", submitted_at=at(0),
            )
        )  # fmt: skip
    counting, found = PeopleCounting(), list[str]()
    with store.read() as session:
        while more := counting.list_people(session, found[-1] if found else "", 2):
            found += more
    assert found == ["p0", "p1", "p2", "p3", "p4", "p7"]


def test_what_a_purge_took_stays_in_the_row(store: Store) -> None:
    with store.write() as session:
        keep_text(session)
        add_whole_way(session, "ann")
        session.add(
            NetworkQuery(
                id="later", patient_id="ann", purpose="ias", origin="dashboard",
                status="completed", submitted_at=at(0) + timedelta(days=900),
            )
        )  # fmt: skip
        session.flush()
        session.add(PeopleCounting().read(session, ["ann"])["ann"])
    with store.write() as session:
        for table, own_id in (
            (PatientLink, "t-ann"),
            (Aal2Session, "s-ann"),
            (Aal2Challenge, "c-ann"),
            (IdentitySession, "i-ann"),
            (ProofedIdentity, "p-ann"),
            (Consent, "k-ann"),
            (RecordRequest, "a-ann"),
        ):
            session.delete(session.get_one(table, own_id))
            session.flush()
    with store.read() as session:
        before = session.get_one(PersonSteps, "ann")
        row = PeopleCounting().read(session, ["ann"])["ann"]
    # The query is left, and what is older than it stays.
    assert row.made_at == before.made_at == at(0) and row.step == 8
    names = {cell[0] for cell in row.counted["cells"]}
    assert {"funnel", "active_month", "retention"} <= names
