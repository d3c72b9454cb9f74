"""The wire form of the Metriport Medical API, as its public documentation describes it.

Every model keeps fields it does not know, and every enumeration of the upstream is a plain
string: a word that is new tomorrow is kept and shown, and never breaks a page. Times are aware
UTC datetimes.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _joined(value: Any) -> Any:
    """Names come as one string or, in newer documentation, as an array: both become a string."""
    return ", ".join(str(part) for part in value) if isinstance(value, list) else value


def _as_list(value: Any) -> Any:
    """One object where an array is documented is an array of one; null is an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


UtcTime = Annotated[datetime, AfterValidator(_utc)]
Names = Annotated[str, BeforeValidator(_joined)]


class Wire(BaseModel):
    """The base of all: camelCase outside, snake_case inside, unknown fields kept."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )


WireModel = TypeVar("WireModel", bound=Wire)


class ErrorEnvelope(Wire):
    """The API's own error body. `title` is stable, `detail` is not."""

    status: int | None = None
    name: str | None = None
    title: str | None = None
    detail: str | None = None


class Address(Wire):
    """A postal address in the United States; `zip` has five digits."""

    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class Contact(Wire):
    """A way to reach a patient; `phone` has ten digits."""

    phone: str | None = None
    email: str | None = None


class Patient(Wire):
    """A person as the upstream knows them. Shown, never stored here."""

    id: str
    external_id: str | None = None
    facility_ids: Annotated[list[str], BeforeValidator(_as_list)] = []
    first_name: Names = ""
    last_name: Names = ""
    dob: str = ""
    gender_at_birth: str = ""
    address: Annotated[list[Address], BeforeValidator(_as_list)] = []
    contact: Annotated[list[Contact], BeforeValidator(_as_list)] = []
    date_created: UtcTime | None = None
    e_tag: str | None = Field(default=None, alias="eTag")
    hie_opt_out: bool | None = None

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

    external_id: str | None = None


class Facility(Wire):
    """A place of care that patients belong to and queries are made for."""

    id: str
    oid: str | None = None
    name: str = ""
    npi: str | None = None
    active: bool | None = None


class Facilities(Wire):
    """The account's facilities."""

    facilities: list[Facility] = []


class PageMeta(Wire):
    """Where a list stands; `items_in_total` comes with the first page only."""

    items_on_page: int | None = None
    items_in_total: int | None = None
    next_page: str | None = None
    prev_page: str | None = None


class PatientPage(Wire):
    """One page of a patient list."""

    meta: PageMeta = PageMeta()
    patients: list[Patient] = []


class Nothing(Wire):
    """An answer whose body means nothing; upstream sends it empty, or as plain text."""


class OptOut(Wire):
    """The answer to a change of the HIE opt-out."""

    id: str | None = None
    hie_opt_out: bool | None = None
    message: str | None = None


class SourceStatus(Wire):
    """One source of a network query. A type may stand more than once, after a retry."""

    type: str
    status: str = "processing"
    source: str | None = None
    started_at: UtcTime | None = None
    completed_at: UtcTime | None = None


class SourceError(Wire):
    """A source that could not be started, inside an otherwise successful answer."""

    source: str
    http_status: int | None = None
    message: str | None = None
    timestamp: UtcTime | None = None


class NetworkQuery(Wire):
    """The state of a network query, as a start and a status call both answer it."""

    request_id: str
    started_at: UtcTime | None = None
    status: str = "processing"
    sources: Annotated[list[SourceStatus], BeforeValidator(_as_list)] = []
    errors: Annotated[list[SourceError], BeforeValidator(_as_list)] = []


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
    proofed_identity_id: str | None = None
    metadata: Metadata = {}


class IdentitySession(Wire):
    """A hosted proofing session; its URL is single-use and a secret of the person."""

    session_id: str
    session_url: str = Field(repr=False)
    expires_at: UtcTime | None = None
    status: str | None = None


class Aal2Challenge(Wire):
    """A hosted AAL2 challenge; its URL is single-use and a secret of the person."""

    challenge_id: str
    challenge_url: str = Field(repr=False)
    expires_at: UtcTime | None = None
    method: str | None = None


class ConsolidatedQuery(Wire):
    """A consolidated data query; its result arrives by webhook."""

    request_id: str
    status: str = "processing"
    started_at: UtcTime | None = None
    conversion_type: str | None = None


class ConsolidatedQueries(Wire):
    """All consolidated data queries of a patient."""

    queries: Annotated[list[ConsolidatedQuery], BeforeValidator(_as_list)] = []
    message: str | None = None


class ResourceCount(Wire):
    """How many FHIR resources of each type the upstream holds for a patient."""

    total: int = 0
    resources: dict[str, int] = {}


class AccountSettings(Wire):
    """The account's settings; the webhook key is a credential."""

    id: str | None = None
    webhook_url: str | None = None
    webhook_key: str | None = Field(default=None, repr=False)


class DeliveryStatus(Wire):
    """How upstream's webhook deliveries fare."""

    webhook_enabled: bool | None = None
    webhook_status_detail: str | None = None
    webhook_requests_processing: int | None = None
    webhook_requests_failed: int | None = None
