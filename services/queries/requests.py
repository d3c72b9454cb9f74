"""What a network query needs to say, for each purpose. The purposes are never mixed."""

import re
from dataclasses import dataclass
from typing import ClassVar

from services.errors import InvalidInput
from services.metriport.schemas import Sources

TREATMENT = "treatment"
IAS = "ias"

OTHER_REASON = "Other, see ticket"
REASONS = (
    "New patient intake",
    "Visit preparation",
    "Transition of care",
    "Medication reconciliation",
    "Care gap review",
    "Records missing or out of date",
    OTHER_REASON,
)
"""Reasons are chosen, not typed: free text would bring personal data into the log."""

_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9#._/-]{0,39}")


@dataclass(frozen=True)
class TreatmentRequest:
    """One treatment query, before it is started: it serves a clinician, for a reason."""

    patient_id: str
    facility_id: str
    sources: Sources
    reason: str
    ticket: str = ""

    purpose: ClassVar[str] = TREATMENT

    def check(self) -> None:
        """Raise `InvalidInput` with every field that is wrong."""
        ticket = _ticket_complaint(self.ticket)
        if not self.ticket and self.reason == OTHER_REASON:
            ticket = "Name the ticket."
        _refuse(
            sources=_sources_complaint(self.sources),
            facility="" if self.facility_id else "Choose the treating facility.",
            reason="" if self.reason in REASONS else "Choose a reason.",
            ticket=ticket,
        )


@dataclass(frozen=True)
class IasRequest:
    """One query by which a person retrieves their own records, before it is started.

    The person asked for it themself, so it has no treating facility and no reason. Their identity
    and AAL2 session are taken from the log when it starts.
    """

    patient_id: str
    sources: Sources
    ticket: str = ""

    purpose: ClassVar[str] = IAS
    facility_id: ClassVar[None] = None
    reason: ClassVar[None] = None

    def check(self) -> None:
        """Raise `InvalidInput` with every field that is wrong."""
        _refuse(sources=_sources_complaint(self.sources), ticket=_ticket_complaint(self.ticket))


QueryRequest = TreatmentRequest | IasRequest


def requested(sources: Sources) -> str:
    """The sources as the log keeps them, as in "hie pharmacy:realtime"."""
    realtime = sources.pharmacy and sources.realtime
    return " ".join(
        f"{one}:realtime" if one == "pharmacy" and realtime else one for one in sources.types
    )


def _refuse(**complaints: str) -> None:
    wrong = {name: reason for name, reason in complaints.items() if reason}
    if wrong:
        raise InvalidInput("The query cannot be started like this.", wrong)


def _sources_complaint(sources: Sources) -> str:
    return "" if sources.types else "Choose at least one source."


def _ticket_complaint(ticket: str) -> str:
    if not ticket or _TICKET.fullmatch(ticket):
        return ""
    return "A ticket number: up to 40 letters, digits and # . _ / -, without spaces."
