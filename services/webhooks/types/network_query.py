"""`network-query.*`: one source of a network query has ended, or has its first data."""

from sqlmodel import Session, col, select

from services.metriport.webhook_schemas import NetworkQueryUpdate
from services.queries.updates import (
    QUERY_ID_KEY,
    apply_webhook,
    claim_request,
    external_query,
)
from services.store.tables import NetworkQuery
from services.webhooks.registry import Message, handles


@handles("network-query.*")
def apply_network_query(session: Session, message: Message) -> str | None:
    """Update a source of the query, which becomes an external one if the log does not know it."""
    payload = message.body.get("payload")
    update = NetworkQueryUpdate.model_validate(payload, context=message.notes)
    request_id = message.meta.request_id
    if request_id is None:
        return "names no request"
    query = _find_query(session, message, request_id)
    if query is None:
        query = external_query(update, request_id, message.now)
        session.add(query)
        # The source's row refers to it, and another machine's row of the same request shows here
        # as a `Duplicate`.
        session.flush()
    apply_webhook(session, query, update, message.now)
    return None


def _find_query(session: Session, message: Message, request_id: str) -> NetworkQuery | None:
    """The row that the metadata names, else the row with the request's id; locked.

    In this order: a message without our metadata may have made an external row of the same request,
    which the row that the metadata names then takes over.
    """
    own_id = message.metadata.get(QUERY_ID_KEY)
    # Whoever holds the API key can put any id into the metadata, so the row must not belong to
    # another request already.
    own = session.get(NetworkQuery, str(own_id), with_for_update=True) if own_id else None
    if own and own.request_id in (None, request_id) and claim_request(session, own, request_id):
        return own
    wanted = select(NetworkQuery).where(col(NetworkQuery.request_id) == request_id)
    return session.exec(wanted.with_for_update()).first()
