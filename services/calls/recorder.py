"""Writes the log of calls to the upstream: one row for each HTTP call."""

import logging

from services.errors import LogRefused, LogUnavailable
from services.ids import new_id
from services.metriport.transport import CallRecord
from services.store import Duplicate, Store
from services.store.tables import UpstreamCall

_log = logging.getLogger(__name__)


class CallRecorder:
    """Adds rows to the table `upstream_call`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, call: CallRecord) -> None:
        """Add a row for a call that was made; raises nothing.

        If the row cannot be written, the caller still gets the call's outcome, and the operator a
        line in the program's own log.
        """
        try:
            with self._store.write() as session:
                session.add(_make_row(call))
        except (LogUnavailable, LogRefused, Duplicate):
            _log.error("upstream call not recorded: %s %s", call.request.method, call.request.path)


def _make_row(call: CallRecord) -> UpstreamCall:
    row = UpstreamCall(
        id=new_id(call.at),
        at=call.at,
        method=call.request.method,
        path=call.request.path,
        status=call.status,
        duration_ms=call.duration_ms,
        upstream_request_id=call.upstream_request_id,
        query_id=call.request.query_id,
        patient_id=call.request.patient_id,
    )
    if call.error:
        row.keep_error(call.error)
    return row
