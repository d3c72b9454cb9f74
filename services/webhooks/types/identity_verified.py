"""`ias.identity.verified`: a person has proven who they are (NIST IAL2)."""

from sqlmodel import Session

from services.identity.updates import apply_verified
from services.metriport.webhook_schemas import IdentityVerified
from services.webhooks.registry import Message, handles


@handles("ias.identity.verified")
def apply_identity_verified(session: Session, message: Message) -> None:
    """Add or update the proofed identity that the message brings."""
    payload = message.body.get("payload")
    # The body of this type is not published, so its fields may also stand at the top level.
    fields = {**message.body, **(payload if isinstance(payload, dict) else {})}
    verified = IdentityVerified.model_validate(fields, context=message.notes)
    apply_verified(session, verified, message.meta, message.event)
