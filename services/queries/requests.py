"""What a network query must say before it is started: one kind of request for each purpose."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import InvalidInput
from services.metriport.schemas import Sources
from services.staff.reasons import OTHER_REASON, Grounds, check_ticket

TREATMENT = "treatment"
IAS = "ias"

REASONS = (
    "New patient intake",
    "Visit preparation",
    "Transition of care",
    "Medication reconciliation",
    "Care gap review",
    "Records missing or out of date",
    OTHER_REASON,
)
"""A closed list of reasons: free text would bring personal data into the log."""

DRIFT_REASONS = (
    "Typing mistake corrected",
    "Past address or further contact added",
    "Moved or new contact, person confirmed by telephone",
    "Name changed, person confirmed by telephone",
    OTHER_REASON,
)
"""Why an IAS query is right although the record is not what the identity was proofed against."""


@dataclass(frozen=True)
class TreatmentRequest:
    """A treatment query before it is started: a clinician at a facility asks, for a reason."""

    patient_id: str
    facility_id: str
    sources: Sources
    reason: str
    ticket: str = ""

    purpose: ClassVar[str] = TREATMENT

    def check(self) -> None:
        """Raise `InvalidInput` with every field that is wrong."""
        _refuse(
            sources=_check_sources(self.sources),
            facility="" if self.facility_id else "Choose the treating facility.",
            **Grounds(self.reason, self.ticket).complaints(REASONS),
        )


@dataclass(frozen=True)
class IasRequest:
    """An IAS query before it is started: a person retrieves their own records.

    The person asks for it themself, so it has no treating facility and no reason. Their identity
    and AAL2 session are taken from the log when it starts. `drift_reason` says why it is right
    although the person's record has drifted from their identity in the fields `drift_seen`; empty
    for none.
    """

    patient_id: str
    sources: Sources
    ticket: str = ""
    drift_reason: str = ""
    drift_seen: tuple[str, ...] = ()

    purpose: ClassVar[str] = IAS
    facility_id: ClassVar[None] = None
    reason: ClassVar[None] = None

    def check(self) -> None:
        """Raise `InvalidInput` with every field that is wrong."""
        wrong = {"ticket": check_ticket(self.ticket)}
        if self.drift_reason:
            wrong = Grounds(self.drift_reason, self.ticket).complaints(DRIFT_REASONS)
            wrong["drift_reason"] = wrong.pop("reason", "")
        _refuse(sources=_check_sources(self.sources), **wrong)


QueryRequest = TreatmentRequest | IasRequest


def name_requested(sources: Sources) -> str:
    """The sources as the column `requested` holds them, as in "hie pharmacy:realtime"."""
    names = {"pharmacy": "pharmacy:realtime"} if sources.realtime else {}
    return " ".join(names.get(name, name) for name in sources.types)


def _refuse(**complaints: str) -> None:
    """Raise `InvalidInput` with the complaints by field; an empty complaint is none."""
    wrong = {name: complaint for name, complaint in complaints.items() if complaint}
    if wrong:
        raise InvalidInput("The query cannot be started like this.", wrong)


def _check_sources(sources: Sources) -> str:
    return "" if sources.types else "Choose at least one source."
