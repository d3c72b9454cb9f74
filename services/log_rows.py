"""Names under which pages read rows of the log; they never write them."""

from services.store.tables import NetworkQuery as Query
from services.store.tables import QuerySource as Source
from services.store.tables import RecordRequest, UpstreamCall, WebhookEvent

__all__ = ["Query", "RecordRequest", "Source", "UpstreamCall", "WebhookEvent"]
