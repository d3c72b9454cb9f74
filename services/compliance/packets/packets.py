"""Evidence packets: one query's proof, to be read and verified without this program."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.clock import Clock
from services.compliance.evidence.config import EvidenceConfig
from services.compliance.packets.packet_document import Making, packet_document
from services.compliance.packets.packet_pdf import packet_pdf
from services.compliance.packets.packet_texts import DOCUMENT, PDF, README, README_TEXT
from services.compliance.packets.program import Program
from services.compliance.packets.reading import PacketFacts, read_facts
from services.compliance.packets.signed_file import SignedFile, sign_file
from services.compliance.reviews.notes import read_note
from services.errors import NotInLog
from services.staff.audit import Audit, Stranger
from services.staff.permissions import Actor, Permission
from services.staff.proof.anchors import Anchors
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.store.tables import NetworkQuery
from services.vault import Vault

EXPORT = "evidence.export"


class PacketForm(StrEnum):
    """What is handed out: a ZIP with all files, or the PDF, to which they are attached."""

    ZIP = "zip"
    PDF = "pdf"

    @property
    def mime(self) -> str:
        """The media type."""
        return f"application/{self.value}"


class EvidencePackets:
    """Makes packets; changes nothing but the access log."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        anchors: Anchors,
        keys: SigningKeys,
        vault: Vault,
        config: EvidenceConfig,
        program: Program,
        clock: Clock,
    ) -> None:
        self._store = store
        self._audit = audit
        self._anchors = anchors
        self._keys = keys
        self._vault = vault
        self._config = config
        self._program = program
        self._clock = clock

    def make(self, actor: Actor, query_id: str, form: PacketForm) -> bytes:
        """The packet of a query, noted in the access log before it is read.

        The notes of its reviewers are in it: they say why something was justified. Raises
        `NotPermitted`, `SignInEnded`, `NotInLog` and `LogUnavailable`.
        """
        self._audit.require(actor, Permission.IAS_AUDIT)
        return self._make(actor, query_id, form, {})

    def make_for_operator(self, operator: Stranger, query_id: str, form: PacketForm) -> bytes:
        """The same for whoever has the program's settings, noted as made at the command line."""
        return self._make(operator, query_id, form, {"way": "command line"})

    def _make(
        self, who: Actor | Stranger, query_id: str, form: PacketForm, details: Mapping[str, str]
    ) -> bytes:
        self._note(who, query_id, {**details, "format": form.value})
        now = self._clock()
        with self._store.read() as session:
            facts = read_facts(session, self._keys, self._config, query_id, now)
        document = packet_document(facts, self._making(who, facts))
        signed = sign_file(DOCUMENT, document, self._keys)
        pdf = packet_pdf(document, signed)
        return pdf if form is PacketForm.PDF else _zip(signed, pdf, now)

    def _note(self, who: Actor | Stranger, query_id: str, details: dict[str, Any]) -> None:
        with self._store.write() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id, so there is no evidence.")
            of, patient_id = ("query", query_id), query.patient_id
            self._audit.append(session, who, EXPORT, patient_id=patient_id, of=of, details=details)

    def _making(self, who: Actor | Stranger, facts: PacketFacts) -> Making:
        decisions = facts.reviewed.decisions if facts.reviewed else ()
        role = who.role.value if isinstance(who, Actor) else ""
        return Making(
            made_by={"id": who.id, "name": who.name, "role": role},
            program=self._program,
            keys=self._keys.published(),
            notes={row.id: read_note(self._vault, row) for row in decisions},
            head=self._anchors.read(),
        )


def packet_name(query_id: str, form: PacketForm) -> str:
    """The name of the file: nothing but the query's id stands in it."""
    return f"evidence-{query_id}.{form.value}"


def _zip(signed: SignedFile, pdf: bytes, made_at: datetime) -> bytes:
    files = {**signed.files(), PDF: pdf, README: README_TEXT.encode()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Readable for everybody who is given the archive.
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return file.getvalue()
