"""The wire form of Metriport's webhooks, with the rules of `schemas`."""

from typing import Annotated, Any

from pydantic import Field

from services.metriport.lenient import Lenient, OptionalText, OptionalTime, RequiredId
from services.metriport.schemas import Wire


class WebhookMeta(Wire):
    """The envelope of every webhook."""

    message_id: OptionalText = None
    request_id: OptionalText = None
    when: OptionalTime = None
    type: Annotated[str, Field(min_length=1)]
    data: Lenient[dict[str, Any]] = None


class WebhookSource(Wire):
    """The source that a network query webhook speaks of."""

    type: RequiredId
    source: OptionalText = None
    status: RequiredId
    completed_at: OptionalTime = None
    first_data_ready_at: OptionalTime = None


class NetworkQueryUpdate(Wire):
    """The payload of `network-query.*` webhooks."""

    patient_id: RequiredId
    source: WebhookSource
    purpose_of_use: OptionalText = None


class IdentityVerified(Wire):
    """The payload of `ias.identity.verified`; its exact body is not published."""

    patient_id: RequiredId
    proofed_identity_id: RequiredId
    session_id: OptionalText = None
