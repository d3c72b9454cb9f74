"""Names under which pages read rows of the log; they never write them."""

from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    PatientLink,
    ProofedIdentity,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)
from services.store.tables import NetworkQuery as Query
from services.store.tables import QuerySource as Source

__all__ = [
    "Aal2Challenge",
    "Aal2Session",
    "IdentitySession",
    "PatientLink",
    "ProofedIdentity",
    "Query",
    "RecordRequest",
    "Source",
    "UpstreamCall",
    "WebhookEvent",
]
