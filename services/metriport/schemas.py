"""The wire form of the Metriport Medical API, as its public documentation describes it.

Every model keeps fields it does not know, and every enumeration of the upstream is a plain
string: a word that is new tomorrow is kept and shown, and never breaks a page. Times are aware
UTC datetimes. What cannot be read counts as unknown and is noted (`lenient`); but an answer that
lacks the very fact that was asked for is no answer, so such fields are required.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator
from pydantic.alias_generators import to_camel

from services.metriport.lenient import (
    Lenient,
    OptionalFlag,
    OptionalText,
    OptionalTime,
    Readable,
    RequiredId,
    Text,
)


def _join_names(value: Any) -> Any:
    """Names come as one string or, in newer documentation, as an array: both become a string."""
    return ", ".join(str(part) for part in value) if isinstance(value, list) else value


Names = Annotated[Text, BeforeValidator(_join_names)]
HttpStatus = Lenient[Annotated[int, Field(ge=100, le=599)]]
Count = Lenient[Annotated[int, Field(ge=0, le=2_000_000_000)]]


class Wire(BaseModel):
    """The base of all: camelCase outside, snake_case inside, unknown fields kept."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )
    _unreadable: tuple[str, ...] = PrivateAttr(default=())

    @property
    def unreadable(self) -> tuple[str, ...]:
        """What could not be read of it, each as "field: value"."""
        return self._unreadable

    def keep_unreadable(self, notes: list[str]) -> None:
        """Keep what a validation noted."""
        self._unreadable = tuple(notes)


WireModel = TypeVar("WireModel", bound=Wire)


class ErrorEnvelope(Wire):
    """The API's own error body. `title` is stable, `detail` is not."""

    status: HttpStatus = None
    name: OptionalText = None
    title: OptionalText = None
    detail: OptionalText = None


class Address(Wire):
    """A postal address in the United States; `zip` has five digits."""

    address_line1: OptionalText = None
    address_line2: OptionalText = None
    city: OptionalText = None
    state: OptionalText = None
    zip: OptionalText = None
    country: OptionalText = None


class Contact(Wire):
    """A way to reach a patient; `phone` has ten digits."""

    phone: OptionalText = None
    email: OptionalText = None


class Patient(Wire):
    """A person as the upstream knows them. Shown, never stored here."""

    id: RequiredId
    external_id: OptionalText = None
    facility_ids: Readable[str] = []
    first_name: Names = ""
    last_name: Names = ""
    dob: Text = ""
    gender_at_birth: Text = ""
    address: Readable[Address] = []
    contact: Readable[Contact] = []
    date_created: OptionalTime = None
    e_tag: OptionalText = Field(default=None, alias="eTag")
    hie_opt_out: OptionalFlag = None
    treatment_relationship: OptionalFlag = None

    @model_validator(mode="before")
    @classmethod
    def _lift_status(cls, value: Any) -> Any:
        """Both flags come beside the other fields, or within `status`."""
        status = value.get("status") if isinstance(value, dict) else None
        if not isinstance(status, dict):
            return value
        flags = ("hieOptOut", "treatmentRelationship")
        return {name: status[name] for name in flags if name in status} | value

    @property
    def full_name(self) -> str:
        """First and last names, as one would say them."""
        return f"{self.first_name} {self.last_name}".strip()


class Demographics(Wire):
    """What identifies a person, for a match."""

    first_name: str
    last_name: str
    dob: str
    gender_at_birth: str
    address: list[Address]
    contact: list[Contact] = []


class NewPatient(Demographics):
    """The body of a create or an update."""

    external_id: OptionalText = None


class Facility(Wire):
    """A place of care that patients belong to and queries are made for."""

    id: RequiredId
    oid: OptionalText = None
    name: Text = ""
    npi: OptionalText = None
    active: OptionalFlag = None


class Facilities(Wire):
    """The account's facilities; an answer without the list is no answer."""

    facilities: Readable[Facility]


class PageMeta(Wire):
    """Where a list stands; `items_in_total` comes with the first page only."""

    items_on_page: Count = None
    items_in_total: Count = None
    next_page: OptionalText = None
    prev_page: OptionalText = None


class PatientPage(Wire):
    """One page of a patient list; an answer without the list is no answer."""

    meta: PageMeta = PageMeta()
    patients: Readable[Patient]


class Nothing(Wire):
    """An answer whose body means nothing; upstream sends it empty, or as plain text."""


class OptOut(Wire):
    """The answer to a change of the HIE opt-out."""

    id: OptionalText = None
    hie_opt_out: OptionalFlag = None
    message: OptionalText = None


class SourceStatus(Wire):
    """One source of a network query. A type may stand more than once, after a retry."""

    type: RequiredId
    status: Text = "processing"
    source: OptionalText = None
    started_at: OptionalTime = None
    completed_at: OptionalTime = None


class SourceError(Wire):
    """A source that could not be started, inside an otherwise successful answer."""

    source: RequiredId
    http_status: HttpStatus = None
    message: OptionalText = None
    timestamp: OptionalTime = None


class NetworkQuery(Wire):
    """The state of a network query, as a start and a status call both answer it."""

    request_id: RequiredId
    started_at: OptionalTime = None
    status: Text = "processing"
    sources: Readable[SourceStatus] = []
    errors: Readable[SourceError] = []


MetadataKey = Annotated[str, Field(min_length=1, max_length=40)]
MetadataValue = Annotated[str, Field(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)]


class Sources(BaseModel):
    """Which sources a network query asks; at least one."""

    model_config = ConfigDict(frozen=True)

    hie: bool = False
    pharmacy: bool = False
    realtime: bool = False
    lab: bool = False

    @property
    def types(self) -> list[str]:
        """The enabled source types, in the order they are shown."""
        return [name for name in ("hie", "pharmacy", "lab") if getattr(self, name)]

    def wire(self) -> dict[str, dict[str, bool]]:
        """The object form of the contract."""
        body = {name: {"enabled": True} for name in self.types}
        if self.pharmacy:
            body["pharmacy"]["realtime"] = self.realtime
        return body


class StartNetworkQuery(Wire):
    """The body of a network query start."""

    sources: dict[str, dict[str, bool]]
    proofed_identity_id: OptionalText = None
    metadata: Metadata = {}


class IdentitySession(Wire):
    """A hosted proofing session; its URL is single-use and a secret of the person."""

    session_id: RequiredId
    session_url: str = Field(repr=False)
    expires_at: OptionalTime = None
    status: OptionalText = None


class Aal2Challenge(Wire):
    """A hosted AAL2 challenge; its URL is single-use and a secret of the person."""

    challenge_id: RequiredId
    challenge_url: str = Field(repr=False)
    expires_at: OptionalTime = None
    method: OptionalText = None


class ConsolidatedQuery(Wire):
    """A consolidated data query; its result arrives by webhook."""

    request_id: RequiredId
    status: Text = "processing"
    started_at: OptionalTime = None
    conversion_type: OptionalText = None


class ResourceCount(Wire):
    """How many FHIR resources of each type the upstream holds for a patient.

    An answer that counts nothing is no answer, and above all not a zero.
    """

    total: Count = None
    resources: dict[str, Count]

    @property
    def counts(self) -> dict[str, int]:
        """The resource types whose numbers can be read."""
        return {kind: number for kind, number in self.resources.items() if number is not None}


class AccountSettings(Wire):
    """The account's settings; the webhook key is a credential."""

    id: RequiredId
    webhook_url: OptionalText = None
    webhook_key: OptionalText = Field(default=None, repr=False)


class DeliveryStatus(Wire):
    """How upstream's webhook deliveries fare."""

    webhook_enabled: OptionalFlag = None
    webhook_status_detail: OptionalText = None
    webhook_requests_processing: Count = None
    webhook_requests_failed: Count = None
