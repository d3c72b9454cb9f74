"""A query that is about to be sent: its rows in the log, and what the call will say."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.aal2_sessions import Reserved
from services.metriport.schemas import Sources, StartNetworkQuery
from services.metriport.timing import LOST_AFTER
from services.queries.requests import QueryRequest, name_requested
from services.queries.status import SUBMITTING
from services.queries.updates import DASHBOARD, QUERY_ID_KEY
from services.staff.permissions import Actor
from services.store.tables import NetworkQuery, QuerySource


@dataclass(frozen=True)
class Intent:
    """A query that is in the log and about to be sent, and the AAL2 session that it will use up."""

    query_id: str
    request: QueryRequest
    reserved: Reserved | None

    def body(self) -> StartNetworkQuery:
        """The body of the call."""
        return StartNetworkQuery(
            sources=self.request.sources.wire(),
            proofed_identity_id=self.reserved.identity_id if self.reserved else None,
            metadata={QUERY_ID_KEY: self.query_id},
        )


def make_query(actor: Actor, query_id: str, request: QueryRequest, now: datetime) -> NetworkQuery:
    """The row of a query that is about to be sent."""
    return NetworkQuery(
        id=query_id,
        patient_id=request.patient_id,
        facility_id=request.facility_id,
        purpose=request.purpose,
        origin=DASHBOARD,
        status=SUBMITTING,
        requested=name_requested(request.sources),
        started_by_id=actor.id,
        started_by=actor.name,
        reason=request.reason,
        ticket=request.ticket or None,
        submitted_at=now,
        # The reconciler takes the row over if this process dies during the call.
        next_check_at=now + LOST_AFTER,
    )


def make_sources(query_id: str, sources: Sources) -> list[QuerySource]:
    """A row for each source that the query will ask."""
    return [QuerySource(query_id=query_id, type=name, status=SUBMITTING) for name in sources.types]
