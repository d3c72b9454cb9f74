"""What of the log is exported, table by table: the columns that a warehouse counts by.

Left out on purpose: everything encrypted, hashes of tokens and of messages, fingerprints, the ids
of hosted sessions at Metriport, addresses, tickets, what upstream said in its own words (of an
error the normalised text is there, as charts group it), who of the staff did it, and of the access
log everything but what was done when, in which role.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlmodel import SQLModel

from services.store.columns import UtcDateTime
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    Consent,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    PersonOfTest,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)

MOMENT = pa.timestamp("us", tz="UTC")
_SOURCE_COLUMNS = (
    "id query_id type attempt specific_source status started_at first_data_at completed_at "
    "error_status normal_error"
)
_COUNTS = pa.map_(pa.string(), pa.int64())


@dataclass(frozen=True)
class Dataset:
    """Rows of one table, each stored by the month (UTC) of its `time`, which is never null."""

    name: str
    time: str
    columns: Mapping[str, sa.ColumnElement[Any]]
    rows_from: sa.FromClause

    @property
    def schema(self) -> pa.Schema:
        """The columns with their types, in their order; the same whatever the rows are."""
        return pa.schema(
            [(name, _arrow_type(column.type)) for name, column in self.columns.items()]
        )


def _arrow_type(kind: sa.types.TypeEngine[Any]) -> pa.DataType:
    if isinstance(kind, UtcDateTime):
        return MOMENT
    if isinstance(kind, sa.JSON):
        return _COUNTS
    return pa.int64() if isinstance(kind, sa.Integer) else pa.string()


def _of(table: type[SQLModel], time: str, columns: str) -> Dataset:
    kept: sa.Table = table.__table__  # type: ignore[attr-defined]
    return Dataset(kept.name, time, {name: kept.c[name] for name in columns.split()}, kept)


def _of_sources() -> Dataset:
    """The sources of a query lie in its month."""
    # By the query's own index of times: the rows need not be sorted.
    query: sa.Table = NetworkQuery.__table__  # type: ignore[attr-defined]
    sources = _of(QuerySource, "submitted_at", _SOURCE_COLUMNS)
    joined = query.join(sources.rows_from, sources.columns["query_id"] == query.c.id)
    columns = {"submitted_at": query.c.submitted_at, **sources.columns}
    return Dataset(sources.name, "submitted_at", columns, joined)


DATASETS = (
    _of(
        NetworkQuery,
        "submitted_at",
        "submitted_at id request_id patient_id facility_id purpose origin status requested reason "
        "proofed_identity_id aal2_session_id started_at finished_at upstream_status error_kind "
        "error_status normal_error",
    ),
    _of_sources(),
    _of(
        RecordRequest,
        "submitted_at",
        "submitted_at id request_id patient_id conversion_type status finished_at counted_at "
        "resource_counts error_kind error_status",
    ),
    _of(
        WebhookEvent,
        "received_at",
        "received_at id type request_id patient_id signature_status status attempts processed_at "
        "deliveries replays",
    ),
    _of(
        UpstreamCall,
        "at",
        "at id method path status duration_ms upstream_request_id query_id patient_id error_kind "
        "error_status",
    ),
    _of(
        IdentitySession,
        "created_at",
        "created_at id patient_id status expires_at opened_at returned_at returned_status returns "
        "withdrawn_at verified_at error_kind error_status",
    ),
    _of(
        ProofedIdentity,
        "verified_at",
        "verified_at proofed_identity_id patient_id status inactive_at from_session",
    ),
    _of(
        Aal2Challenge,
        "created_at",
        "created_at id patient_id proofed_identity_id method status expires_at opened_at "
        "returned_at returned_status returns withdrawn_at error_kind error_status",
    ),
    _of(
        Aal2Session,
        "verified_at",
        "verified_at id challenge_id patient_id proofed_identity_id used_by used_at ended_at "
        "end_reason",
    ),
    _of(
        PatientLink,
        "created_at",
        "created_at kind target patient_id expires_at sent_at sent_by_way opened_at continued_at "
        "revoked_at withdrawn_at",
    ),
    _of(
        Consent,
        "given_at",
        "given_at id patient_id version way ends_at recorded_at revoked_at revoked_way",
    ),
    _of(PersonOfTest, "marked_at", "marked_at patient_id"),
    _of(AuditEvent, "at", "at seq role action outcome object_kind"),
)
"""Everything that is exported. The columns of a dataset are only ever added to, at its end."""
