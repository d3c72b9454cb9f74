"""The tables of the log, a module for each domain: ids, states and times, never who a person is.

All ids made here are UUIDv7 strings; all times are UTC. What upstream says (statuses, sources,
types) is kept as it came. Importing this package fills `SQLModel.metadata`.
"""

from services.store.tables.bulk import BulkItem, BulkRun
from services.store.tables.calls import UpstreamCall
from services.store.tables.changes import LogChange
from services.store.tables.compliance import (
    Assessment,
    AssessmentDay,
    Finding,
    LegalHold,
    RecordLook,
    ReviewDecision,
    ReviewItem,
    ReviewSample,
    WorkMark,
)
from services.store.tables.consent import (
    Consent,
    ConsentText,
    ProofedDemographics,
    StartCheck,
)
from services.store.tables.identity import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    PatientLink,
    ProofedIdentity,
)
from services.store.tables.operations import Heartbeat
from services.store.tables.outcomes import (
    Annotation,
    Goal,
    PersonOfTest,
    PersonSteps,
    Rollup,
)
from services.store.tables.queries import NetworkQuery, QuerySource
from services.store.tables.records import RecordRequest
from services.store.tables.staff import (
    AuditAnchor,
    AuditEvent,
    AuditHead,
    AuditSegment,
    AuditSubject,
    StaffSession,
)
from services.store.tables.webhooks import WebhookEvent

__all__ = [
    "Aal2Challenge",
    "Aal2Session",
    "Annotation",
    "Assessment",
    "AssessmentDay",
    "AuditAnchor",
    "AuditEvent",
    "AuditHead",
    "AuditSegment",
    "AuditSubject",
    "BulkItem",
    "BulkRun",
    "Consent",
    "ConsentText",
    "Finding",
    "Goal",
    "Heartbeat",
    "IdentitySession",
    "LegalHold",
    "LogChange",
    "NetworkQuery",
    "PatientLink",
    "PersonOfTest",
    "PersonSteps",
    "ProofedDemographics",
    "ProofedIdentity",
    "QuerySource",
    "RecordLook",
    "RecordRequest",
    "ReviewDecision",
    "ReviewItem",
    "ReviewSample",
    "Rollup",
    "StaffSession",
    "StartCheck",
    "UpstreamCall",
    "WebhookEvent",
    "WorkMark",
]
