"""What a treatment query needs to say: sources, facility and a reason."""

import re
from dataclasses import dataclass

from services.errors import InvalidInput
from services.metriport.schemas import Sources

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
    """One treatment query, before it is started."""

    patient_id: str
    facility_id: str
    sources: Sources
    reason: str
    ticket: str = ""

    def check(self) -> None:
        """Raise `InvalidInput` with every field that is wrong."""
        reasons = {
            "sources": "" if self.sources.types else "Choose at least one source.",
            "facility": "" if self.facility_id else "Choose the treating facility.",
            "reason": "" if self.reason in REASONS else "Choose a reason.",
            "ticket": self._ticket_complaint(),
        }
        wrong = {name: reason for name, reason in reasons.items() if reason}
        if wrong:
            raise InvalidInput("The query cannot be started like this.", wrong)

    def requested(self) -> str:
        """The sources as the log keeps them, as in "hie pharmacy:realtime"."""
        realtime = self.sources.pharmacy and self.sources.realtime
        return " ".join(
            f"{one}:realtime" if one == "pharmacy" and realtime else one
            for one in self.sources.types
        )

    def _ticket_complaint(self) -> str:
        if not self.ticket:
            return "Name the ticket." if self.reason == OTHER_REASON else ""
        if _TICKET.fullmatch(self.ticket):
            return ""
        return "A ticket number: up to 40 letters, digits and # . _ / -, without spaces."
