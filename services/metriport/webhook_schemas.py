"""The wire form of Metriport's webhooks, with the rules of `schemas`."""

from typing import Annotated, Any

from pydantic import Field

from services.metriport.lenient import Lenient, OptionalText, OptionalTime, Readable, RequiredId
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


class Attachment(Wire):
    """A file that a message offers, at an address that is valid for three minutes."""

    content_type: OptionalText = None
    url: RequiredId


class ConsolidatedPatient(Wire):
    """One person's part of a `medical.consolidated-data` webhook."""

    patient_id: RequiredId
    status: OptionalText = None
    bundle: Lenient[dict[str, Any]] = None

    @property
    def attachments(self) -> list[Attachment]:
        """The files that the bundle's document references offer; empty where there are no data."""
        entries = _dicts((self.bundle or {}).get("entry"))
        contents = [content for entry in entries for content in _contents(entry)]
        return _readable_attachments([content.get("attachment") for content in contents])


class ConsolidatedData(Wire):
    """The body of `medical.consolidated-data` webhooks."""

    meta: WebhookMeta
    patients: Readable[ConsolidatedPatient]


class IdentityVerified(Wire):
    """The payload of `ias.identity.verified`; its exact body is not published."""

    patient_id: RequiredId
    proofed_identity_id: RequiredId
    session_id: OptionalText = None


def _contents(entry: dict[str, Any]) -> list[dict[str, Any]]:
    resource = entry.get("resource")
    return _dicts(resource.get("content")) if isinstance(resource, dict) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class _Attachments(Wire):
    offered: Readable[Attachment]


def _readable_attachments(offered: list[Any]) -> list[Attachment]:
    return _Attachments(offered=offered).offered
