"""The wire form of Metriport's webhooks, with the rules of `schemas`."""

from typing import Annotated, Any

from pydantic import Field

from services.metriport.schemas import UtcTime, Wire


class WebhookMeta(Wire):
    """The envelope of every webhook."""

    message_id: str
    request_id: str | None = None
    when: UtcTime | None = None
    type: str
    data: dict[str, Any] | None = None


class WebhookSource(Wire):
    """The source that a network query webhook speaks of."""

    type: str
    source: str | None = None
    status: str
    completed_at: UtcTime | None = None
    first_data_ready_at: UtcTime | None = None


class NetworkQueryUpdate(Wire):
    """The payload of `network-query.*` webhooks."""

    patient_id: str
    source: WebhookSource
    purpose_of_use: str | None = None


class IdentityVerified(Wire):
    """The news of `ias.identity.verified`; its exact body is not published."""

    patient_id: Annotated[str, Field(min_length=1)]
    proofed_identity_id: Annotated[str, Field(min_length=1)]
    session_id: str | None = None
