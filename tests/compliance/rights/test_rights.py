"""A person's own data as a file, and its erasure: all of theirs, nothing of anybody else's."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from services.compliance.retention.kept import KEPT
from services.compliance.retention.retention import HOLD_REASONS, HoldRequest
from services.compliance.rights.erasing import TARGETS
from services.compliance.rights.patient_rights import (
    ERASE_REASONS,
    EXPORT_REASONS,
    PatientRights,
)
from services.compliance.rights.person_rows import PERSON_TABLES
from services.errors import InvalidInput, NotPermitted, UpstreamNotFound
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verdict, verify_log
from services.staff.reasons import Grounds
from services.store import Store
from services.store.tables import (
    Aal2Session,
    AuditEvent,
    PatientLink,
    PersonOfTest,
    PersonSteps,
    ProofedIdentity,
)
from tests.clock import FakeClock
from tests.compliance.retention.life import KEEPS, REVIEWER, Archive, Life
from tests.world import SUPPORT

KEYS = SigningKeys(["A" * 43])
ONE, TWO = "0191b878-d0c4-7d82-8960-00000000000a", "0191b878-d0c4-7d82-8960-00000000000b"
ASKED, ERASE = Grounds(EXPORT_REASONS[0], "SUP-1"), Grounds(ERASE_REASONS[0], "SUP-2")


class Person(Life):
    """A life whose person has an id of the form of Metriport's."""

    @property
    def person(self) -> str:
        """The id."""
        return {"one": ONE, "two": TWO}[self.name]

    def rows(self) -> list[SQLModel]:
        """Every row of the life, and those of the person themselves."""
        steps = PersonSteps(patient_id=self.person, step=1, counted={})
        mark = PersonOfTest(
            patient_id=self.person,
            marked_at=self.at,
            marked_by_id=SUPPORT.id,
            marked_by=SUPPORT.name,
        )
        return [*super().rows(), steps, mark]


@pytest.fixture
def archive(store: Store, clock: FakeClock) -> Archive:
    """Two people's lives, a search that showed both, and a look at each."""
    archive = Archive(store, clock)
    for name, days in (("one", 5), ("two", 20)):
        archive.write(*Person(name, clock() - timedelta(days=days)).rows())
    shown = {"shown": [ONE, TWO]}
    archive.audit.note(SUPPORT, "patient.search", details=shown)
    for person in (ONE, TWO):
        archive.audit.note(SUPPORT, "patient.view", patient_id=person)
    return archive


@pytest.fixture
def rights(archive: Archive) -> PatientRights:
    """What is tried."""
    return PatientRights(archive.store, archive.audit, archive.clock, KEEPS, KEYS)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unpacked(content)["person.json"])
    return found


def test_the_export_has_all_rows_of_the_person_and_none_of_another(
    rights: PatientRights, archive: Archive
) -> None:
    content = rights.export(REVIEWER, ONE, ASKED)
    told = document(content)
    expected = {
        part.title: sum(
            str(row.__tablename__) == part.name for row in Person("one", archive.clock()).rows()
        )
        for part in PERSON_TABLES
    }
    assert {title: len(rows) for title, rows in told["log"].items()} == expected
    assert all(expected.values())
    text = unpacked(content)["person.json"].decode()
    assert "two-" not in text and TWO not in text
    assert [event["what"] for event in told["who_saw_or_did_what"]] == [
        "patient.search", "patient.view",
    ]  # fmt: skip
    assert {event["who"] for event in told["who_saw_or_did_what"]} == {SUPPORT.name}


def test_no_secret_is_in_the_export_and_no_id_of_the_staff(rights: PatientRights) -> None:
    text = unpacked(rights.export(REVIEWER, ONE, ASKED))["person.json"].decode()
    for secret in ("secret", "one-print", "one-hash-of-dob", "one-note", SUPPORT.id):
        assert secret not in text, secret


def test_the_export_is_signed_noted_and_says_what_is_not_in_it(
    rights: PatientRights, archive: Archive
) -> None:
    files = unpacked(rights.export(REVIEWER, ONE, ASKED))
    assert set(files) == {"person.json", "person.json.sig", "desk.pem", "VERIFY.txt"}
    assert document(rights.export(REVIEWER, ONE, ASKED))["about"]["not_in_it"]
    with archive.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == "patients.export")
        first, _ = session.exec(wanted.order_by(col(AuditEvent.seq))).all()
    assert (first.patient_id, first.reason, first.ticket) == (ONE, ASKED.reason, "SUP-1")


def test_a_hold_on_the_person_is_not_told_to_them(rights: PatientRights, archive: Archive) -> None:
    archive.retention.set_hold(REVIEWER, HoldRequest(ONE), Grounds(HOLD_REASONS[2]))
    text = unpacked(rights.export(REVIEWER, ONE, ASKED))["person.json"].decode()
    assert "hold" not in text.replace("legal holds", "")


def test_erasure_takes_what_may_go_and_says_what_stays(
    rights: PatientRights, archive: Archive
) -> None:
    preview = rights.preview_erasure(REVIEWER, ONE)
    done = rights.erase(REVIEWER, ONE, ERASE)
    assert (
        done.erased
        == preview.erased
        == {
            "webhook_event.body": 3,
            "patient_link.url": 2,
            "aal2_session.secret": 2,
            "proofed_demographics": 1,
        }
    )
    kept = {row.title: row for row in done.kept}
    queries = kept["Network queries"]
    assert (queries.rows, queries.until) == (
        1, archive.clock() - timedelta(days=5) + KEEPS.log,
    )  # fmt: skip
    assert kept["Events of the access log"].rows == 4
    again = rights.erase(REVIEWER, ONE, ERASE)
    assert not any(again.erased.values())


def test_what_is_erased_ends_and_nothing_of_another_changes(
    rights: PatientRights, archive: Archive
) -> None:
    before = {
        name: [row for row in rows if "two-" in str(row)]
        for name, rows in archive.everything().items()
    }
    rights.erase(REVIEWER, ONE, ERASE)
    after = {
        name: [row for row in rows if "two-" in str(row)]
        for name, rows in archive.everything().items()
    }
    assert after == before
    with archive.store.read() as session:
        links = session.exec(select(PatientLink).where(PatientLink.patient_id == ONE)).all()
        sessions = session.exec(select(Aal2Session).where(Aal2Session.patient_id == ONE)).all()
    assert all(link.revoked_at and link.url is None for link in links)
    assert all(row.ended_at and row.end_reason == "erased" for row in sessions)


def test_after_an_erasure_no_capture_brings_hashes_back(
    rights: PatientRights, archive: Archive
) -> None:
    with archive.store.write() as session:
        session.get_one(ProofedIdentity, "one-identity").capture_at = archive.clock()
    rights.erase(REVIEWER, ONE, ERASE)
    with archive.store.read() as session:
        assert session.get_one(ProofedIdentity, "one-identity").capture_at is None


@pytest.mark.parametrize("days", [None, 5])
def test_a_hold_refuses_an_erasure(
    rights: PatientRights, archive: Archive, days: int | None
) -> None:
    day = archive.clock().date() - timedelta(days=days or 0)
    request = HoldRequest(ONE) if days is None else HoldRequest(None, day, day)
    archive.retention.set_hold(REVIEWER, request, Grounds(HOLD_REASONS[0]))
    assert rights.preview_erasure(REVIEWER, ONE).is_held
    before = archive.everything()
    with pytest.raises(InvalidInput):
        rights.erase(REVIEWER, ONE, ERASE)
    assert archive.everything() == before


def test_erased_bytes_are_in_no_file_of_the_database(sqlite_store: Store, clock: FakeClock) -> None:
    archive = Archive(sqlite_store, clock)
    archive.write(*Person("one", clock() - timedelta(days=5)).rows())
    rights = PatientRights(sqlite_store, archive.audit, clock, KEEPS, KEYS)
    markers = [b"one-secret-body", b"one-secret-url", b"one-secret-session", b"one-hash-of-dob"]
    folder = Path(sqlite_store.engine.url.database or "").parent

    def found() -> set[bytes]:
        contents = b"".join(path.read_bytes() for path in folder.glob("log.db*"))
        return {marker for marker in markers if marker in contents}

    assert found() == set(markers)
    rights.erase(REVIEWER, ONE, ERASE)
    assert found() == set()


def test_an_erasure_leaves_the_access_log_whole(rights: PatientRights, archive: Archive) -> None:
    rights.erase(REVIEWER, ONE, ERASE)
    (verdict,) = [step for step in verify_log(archive.store, KEYS) if isinstance(step, Verdict)]
    assert verdict.is_whole


def test_it_takes_a_reason_an_id_and_the_permission(rights: PatientRights) -> None:
    for wrong in (Grounds(""), Grounds("because")):
        with pytest.raises(InvalidInput):
            rights.export(REVIEWER, ONE, wrong)
        with pytest.raises(InvalidInput):
            rights.erase(REVIEWER, ONE, wrong)
    with pytest.raises(UpstreamNotFound):
        rights.export(REVIEWER, "Jane Miller", ASKED)
    with pytest.raises(NotPermitted):
        rights.erase(SUPPORT, ONE, ERASE)


def test_every_table_with_a_column_of_a_person_is_exported() -> None:
    named = {
        str(mapper.local_table)
        for mapper in SQLModel._sa_registry.mappers  # type: ignore[attr-defined]
        if "patient_id" in mapper.columns
    }
    # The log's own events are a section of their own; holds are left out, and the file says so.
    beside = {"audit_event", "audit_subject", "legal_hold"}
    assert named - beside <= {part.name for part in PERSON_TABLES}


def test_what_is_erased_stands_in_the_table_of_what_is_kept() -> None:
    assert {target.name for target in TARGETS} <= {kept.name for kept in KEPT}
