"""`ias.identity.verified`: a person has proven who they are (NIST IAL2)."""

from sqlmodel import Session

from services.identity.updates import apply_verified
from services.metriport.webhook_schemas import IdentityVerified
from services.webhooks.registry import Message, handles


@handles("ias.identity.verified")
def apply_identity_verified(session: Session, message: Message) -> None:
    """Take in the proofed identity. Its fields may stand at the top level of the message too."""
    payload = message.body.get("payload")
    fields = {**message.body, **(payload if isinstance(payload, dict) else {})}
    verified = IdentityVerified.model_validate(fields, context=message.notes)
    apply_verified(session, verified, message.meta, message.event)
