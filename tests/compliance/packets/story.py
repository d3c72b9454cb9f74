"""The whole way of one IAS query, and what makes packets of it."""

import io
import zipfile
from datetime import timedelta
from typing import Any

from pypdf import PdfReader

from services.compliance.evidence.config import DEFAULT_CONFIG
from services.compliance.packets.packets import EvidencePackets, PacketForm
from services.compliance.packets.program import this_program
from services.settings import Settings
from services.staff.proof.anchors import Anchors
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.store.tables import NetworkQuery
from services.vault import Vault
from tests.compliance.reviews.stage import ANNA, BEN, ReviewStage
from tests.identity.stage import Stage
from tests.staff.proof.audited import SEEDS
from tests.world import PATIENT, SUPPORT

NOTE = "Confirmed by telephone.\nThe ticket has the recording."


class Story(Stage):
    """A person's way to individual access, of which packets are made."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.signing = SigningKeys(SEEDS[:1])
        self.anchors = Anchors(self.store, self.clock, self.signing, "desk-1/7/start")
        years = timedelta(days=6 * 366)
        self.segments = Segments(self.store, self.clock, self.audit, self.signing, years)
        self.reviewing = ReviewStage(self.store, self.clock, staff=self.staff)
        self.packets = self.make_packets(Vault(["k"]))

    def make_packets(self, vault: Vault) -> EvidencePackets:
        """What makes packets and reads notes with the keys of `vault`."""
        return EvidencePackets(
            self.store,
            self.audit,
            self.anchors,
            self.signing,
            vault,
            DEFAULT_CONFIG,
            this_program(Settings(_env_file=None)),  # type: ignore[call-arg]
            self.clock,
        )

    def play(self) -> NetworkQuery:
        """From the consent to the records: nothing lacks. Answers the query."""
        self.anchors.anchor()
        self.consents.record(SUPPORT, PATIENT, self.consents.terms.words.hash, True, "SUP-7")
        self.hear_verified("m-verified")
        self.capture.step()
        self.satisfy()
        self.clock.forward(minutes=3)
        self.anchors.anchor()
        query = self.ask()
        self.clock.forward(minutes=1)
        ended = self.clock.now.isoformat()
        self.hear("m-hie", request_id=query.request_id, completedAt=ended)
        self.records.fetch(SUPPORT, PATIENT)
        self.clock.forward(hours=1)
        return query

    def review(self, query: NetworkQuery, note: str = NOTE) -> None:
        """Two reviewers judge a finding of the query."""
        self.reviewing.line_up(query.id, "warning a")
        self.reviewing.decide(ANNA, query.id, "not_justified", note=note)
        self.reviewing.decide(BEN, query.id, "not_justified")

    def files(self, query_id: str) -> dict[str, bytes]:
        """The files of the query's packet, by name."""
        made = self.packets.make(ANNA, query_id, PacketForm.ZIP)
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def words(pdf: bytes) -> str:
    """The text of all pages of a PDF, on one line."""
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def attachments(pdf: bytes) -> dict[str, Any]:
    """The files that are attached to a PDF."""
    return {name: parts[0] for name, parts in PdfReader(io.BytesIO(pdf)).attachments.items()}
