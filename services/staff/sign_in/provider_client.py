"""The values of a sign-in: the registered client, a departure, an arrival, a refusal."""

from dataclasses import dataclass
from enum import StrEnum

from services.staff.members import StaffMember
from services.staff.permissions import Role


@dataclass(frozen=True)
class ProviderClient:
    """The client that was registered at the provider, and the addresses that it has there.

    `signed_out_url` is where the provider sends a browser after a sign-out.
    """

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    redirect_url: str
    signed_out_url: str


@dataclass(frozen=True)
class Departure:
    """A sign-in that has begun: the provider's page to go to, and what the browser keeps.

    `secret` is encrypted; the way back works only with it. `state` names it.
    """

    url: str
    state: str
    secret: str


@dataclass(frozen=True)
class Arrival:
    """Somebody who signed in at the provider; `wanted` is the address that they had asked for."""

    member: StaffMember
    roles: list[Role]
    wanted: str
    id_token: str
    sid: str | None


@dataclass(frozen=True)
class EndedThere:
    """What the provider says is over: one session of its own, or all of a person's."""

    token_id: str
    subject: str | None
    sid: str | None


class Refusal(StrEnum):
    """Why somebody who came back from the provider is not signed in."""

    CANCELLED = "cancelled"
    PROVIDER = "provider_error"
    """The provider sent them back with an error of its own."""
    EXPIRED = "expired"
    """They took longer than a sign-in may take."""
    UNKNOWN = "unknown"
    """No sign-in is open in this browser; one that has returned already is none."""
    STATE = "wrong_state"
    CODE = "wrong_code"
    """The provider does not know the code that they brought, or knows it no more."""
    ISSUER = "wrong_issuer"
    AUDIENCE = "wrong_audience"
    NONCE = "wrong_nonce"
    TOKEN_TIME = "wrong_time"
    """The ID token is no longer valid, or not yet: the two clocks may differ."""
    SIGNATURE = "wrong_signature"
    CLAIMS = "wrong_claims"
    """The ID token lacks something, or names the person by what does not fit here."""
