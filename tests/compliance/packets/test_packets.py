"""Evidence packets: what they say, that they can be verified, and who may have one."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.compliance.packets.packet_texts import FETCH_KEY, README_TEXT, VERIFY
from services.compliance.packets.packets import PacketForm, packet_name
from services.compliance.packets.signed_file import canonical_json
from services.errors import NotInLog, NotPermitted
from services.queries.requests import REASONS
from services.staff.audit import Stranger
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery
from services.vault import Vault
from tests.clock import FakeClock
from tests.compliance.packets.openssl import verifies
from tests.compliance.packets.story import NOTE, Story, attachments, words
from tests.compliance.reviews.stage import ANNA, BEN, CLEO, SAM
from tests.identity.stage import PERSON
from tests.staff.proof.audited import Audited
from tests.world import PATIENT

COLUMNS = [
    "seq", "at", "actor_id", "actor", "role", "session_id", "address", "action", "outcome",
    "patient_id", "object_kind", "object_id", "reason", "ticket", "details", "imported",
]  # fmt: skip


@pytest.fixture
def story(store: Store, clock: FakeClock) -> Story:
    """Everything that happens around one query, on each database in turn."""
    return Story(store, clock)


def document(story: Story, query: NetworkQuery) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(story.files(query.id)["packet.json"])
    return read


def test_a_complete_story_is_told_and_verified(story: Story, tmp_path: Path) -> None:
    query = story.play()
    story.review(query)
    story.anchors.anchor()
    files = story.files(query.id)
    assert list(files) == [
        "packet.json", "packet.json.sig", "desk.pem", "packet.pdf", "README.txt",
    ]  # fmt: skip
    signed = {name: files[name] for name in ("packet.json", "packet.json.sig", "desk.pem")}
    assert verifies(tmp_path, VERIFY, signed)
    said = json.loads(files["packet.json"])
    assert said["query"]["query_id"] == query.id and said["query"]["patient_id"] == PATIENT
    assert said["completeness"] == {"present": 10, "applicable": 10, "missing": []}
    assert {link["state"] for link in said["chain"]} == {"present"}
    assert said["rules"]["version"] == said["findings"][0]["rules_version"]
    assert all(found["source"] for found in said["findings"])
    assert said["consent_text"]["version"] == story.consents.terms.words.version
    assert said["consent_text"]["text"] == story.consents.terms.words.text
    first, second = said["review"]["decisions"]
    assert (first["note"], second["note"]) == (NOTE, "")
    assert (first["reviewer_id"], second["reviewer_id"]) == (ANNA.id, BEN.id)
    assert said["review"]["outcome"] == "not_justified"
    assert said["program"]["settings"]["AAL2_MAX_AGE"] == "12h"
    assert README_TEXT.encode() == files["README.txt"]


def test_one_byte_changed_is_refused(story: Story, tmp_path: Path) -> None:
    files = story.files(story.play().id)
    signed = {name: files[name] for name in ("packet.json", "packet.json.sig", "desk.pem")}
    for name in ("packet.json", "packet.json.sig"):
        content = signed[name]
        for position in range(0, len(content), max(1, len(content) // 24)):
            changed = bytearray(content)
            changed[position] ^= 0x20
            assert not verifies(tmp_path, VERIFY, signed | {name: bytes(changed)}), position


def test_the_entries_can_be_hashed_again_and_the_chain_was_recomputed(story: Story) -> None:
    query = story.play()
    story.anchors.anchor()
    said = document(story, query)
    actions = [entry["action"] for entry in said["entries"]]
    assert actions == [
        "consent.record", "links.send", "queries.start", "records.count", "evidence.export",
    ]  # fmt: skip
    for entry in said["entries"]:
        parts = [1, entry["previous_hash"], *(entry[name] for name in COLUMNS)]
        text = json.dumps(parts, separators=(",", ":"), sort_keys=True)
        assert hashlib.sha256(text.encode("ascii")).hexdigest() == entry["hash"]
    stretches = said["proof"]["stretches"]
    assert all(stretch["fits"] for stretch in stretches)
    assert stretches[-1]["behind"]["what"] == "the head of the log"
    assert stretches[1]["before"]["what"] == "an anchor"
    assert said["proof"]["head"]["seq"] == said["entries"][-1]["seq"]
    assert said["proof"]["signed_head"].startswith("access-log-head-1 ")


def test_a_changed_entry_is_told(story: Story) -> None:
    query = story.play()
    story.anchors.anchor()
    audited = Audited(story.store, story.clock)
    audited.tamper("UPDATE audit_event SET reason = 'x' WHERE action = 'queries.start'")
    said = document(story, query)
    (broken,) = [one for one in said["proof"]["stretches"] if one["fits"] is False]
    assert "was changed after it was written" in broken["verdict"]
    pdf = words(story.packets.make(ANNA, query.id, PacketForm.PDF))
    assert "DOES NOT FIT" in pdf and "was changed after it was written" in pdf


def test_the_pdf_says_the_same_and_carries_the_signed_document(
    story: Story, tmp_path: Path
) -> None:
    query = story.play()
    story.review(query)
    pdf = story.packets.make(ANNA, query.id, PacketForm.PDF)
    assert verifies(tmp_path, VERIFY, attachments(pdf))
    told = words(pdf)
    for part in (
        "Evidence packet", query.id, PATIENT, "10 of 10 applicable links present",
        "No applicable link of the chain is missing", "1. The person’s record",
        "10. Records and who looked", "Method not phishing-resistant", "Not justified",
        "Anna Reviewer (compliance)", "Confirmed by telephone.", "The ticket has the recording.",
        "queries.start: asked", "all of them fit", "The text that was agreed to", VERIFY,
        FETCH_KEY, "AAL2_MAX_IDLE", "What this packet does not prove", "Sandbox: invented data",
        hashlib.sha256(attachments(pdf)["packet.json"]).hexdigest(),
    ):  # fmt: skip
        assert part in told, (part, told)


def test_what_is_missing_is_seen_at_once(story: Story) -> None:
    story.hear_verified("m-verified")
    story.satisfy()
    query = story.ask()
    told = words(story.packets.make(ANNA, query.id, PacketForm.PDF))
    assert "Missing in the chain: Consent, The same person." in told
    assert "MISSING" in told and "Nobody had agreed before the start." in told
    assert "SERIOUS: " in told or "WARNING: " in told
    assert "not in the review queue" in told


def test_nothing_of_who_the_person_is_and_no_secret_is_in_it(story: Story) -> None:
    query = story.play()
    story.review(query)
    files = story.files(query.id)
    everything = files["packet.json"].decode() + words(files["packet.pdf"])
    secrets = ["aal2_secret", "hosted.test", *SECRETS]
    assert [text for text in secrets if text in everything] == []


SECRETS = [PERSON["lastName"], PERSON["dob"], "Arsenal", "6025550100", "jane@mail.test"]


def test_a_query_of_another_program_and_a_treatment_query_have_a_packet(story: Story) -> None:
    story.hear("m-1", request_id="r-elsewhere")
    (external,) = story.rows(NetworkQuery)
    told = words(story.packets.make(ANNA, external.id, PacketForm.PDF))
    assert "another program than Access Desk" in told and "NOT APPLICABLE" in told
    treatment = story.start()
    told = words(story.packets.make(ANNA, treatment.id, PacketForm.PDF))
    assert "one Treatment query" in told and REASONS[0] in told


def test_it_is_noted_before_it_is_read_and_only_compliance_may(story: Story) -> None:
    query = story.play()
    for who in (SAM, replace(ANNA, role=Role.PRODUCT)):
        with pytest.raises(NotPermitted):
            story.packets.make(who, query.id, PacketForm.PDF)
    story.packets.make(CLEO, query.id, PacketForm.ZIP)
    operator = Stranger("command line#ops", "ops (command line)")
    story.packets.make_for_operator(operator, query.id, PacketForm.PDF)
    made = [row for row in story.rows(AuditEvent) if row.action == "evidence.export"]
    assert [(row.actor_id, row.object_id, row.patient_id, row.details) for row in made] == [
        (CLEO.id, query.id, PATIENT, {"format": "zip"}),
        (operator.id, query.id, PATIENT, {"way": "command line", "format": "pdf"}),
    ]
    with pytest.raises(NotInLog):
        story.packets.make(ANNA, "0191b878-d0c4-7d82-8960-cb8cf9fe6c6e", PacketForm.PDF)
    assert len([row for row in story.rows(AuditEvent) if row.action == "evidence.export"]) == 2


def test_a_note_under_a_lost_key_is_told_as_such(story: Story) -> None:
    query = story.play()
    story.review(query)
    story.packets = story.make_packets(Vault(["another"]))
    first = document(story, query)["review"]["decisions"][0]
    assert first["note"] is None and first["note_is_readable"] is False
    told = words(story.packets.make(ANNA, query.id, PacketForm.PDF))
    assert "The note cannot be read" in told and "Confirmed" not in told


@pytest.mark.parametrize(
    "note",
    ["=1+1", "\u202egnp\u202c", "a\x00b", "z" * 10_000, '#import "x"', "\n\n\r\n", "王 😀"],
)
def test_odd_notes_make_a_packet(story: Story, note: str) -> None:
    query = story.play()
    story.review(query, note)
    files = story.files(query.id)
    first = json.loads(files["packet.json"])["review"]["decisions"][0]
    # The log keeps no NUL, and no blanks around a note.
    assert first["note"] == note.strip().replace("\x00", "\ufffd")
    assert files["packet.pdf"].startswith(b"%PDF")


def test_a_packet_is_made_after_the_events_were_purged(story: Story, clock: FakeClock) -> None:
    query = story.play()
    clock.forward(days=40)
    story.audit.note(SAM, "query.view")
    story.segments.seal()
    clock.forward(days=7 * 366)
    story.audit.note(SAM, "query.view")
    story.segments.seal()
    while story.segments.purge():
        pass
    said = document(story, query)
    assert [entry["action"] for entry in said["entries"]] == ["evidence.export"]
    assert said["proof"]["stretches"][0]["fits"] is True
    assert "starter" in said["completeness"]["missing"]


def test_the_name_of_the_file_says_whose_evidence_it_is() -> None:
    assert packet_name("0191", PacketForm.PDF) == "evidence-0191.pdf"
    assert PacketForm.ZIP.mime == "application/zip"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_any_document_has_one_text_that_reads_as_itself(value: Any) -> None:
    content = canonical_json({"value": value})
    assert json.loads(content) == {"value": value}
    assert content.isascii() and canonical_json({"value": value}) == content
