"""Queries as a list: one row each, which opens it."""

from collections.abc import Callable, Sequence

from pages._ui.list.cells import Column, Hover, Kind, Order, Row
from pages._ui.list.table import show_list
from pages._ui.words.names import origin_name, purpose_name
from pages._ui.words.queries import sources_words
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, words_of
from pages._ui.words.times import duration
from services.lookup.finder import Place, PlaceKind
from services.queries.query_log import QueryRow
from services.queries.rows import NetworkQuery

_SHORT = {"hie": "HIE", "pharmacy": "Rx", "lab": "Lab"}
"""Sources in a narrow cell."""

_EMPTY = "No query yet. Start one on a person’s page."


def query_columns(order: Order | None) -> list[Column]:
    """The columns of the list; `order` is the one that it can be turned from."""
    return [
        Column("Query", Kind.ID),
        Column("Submitted", Kind.MOMENT, order=order),
        Column("Purpose"),
        Column("Status", Kind.STATE),
        Column(
            "Sources",
            help="Rx is the pharmacy source. ✓ completed, ✗ failed, – not started, … under way",
        ),
        Column("Took", Kind.TEXT),
        Column("Patient", Kind.ID),
        Column("Started by"),
        Column("Reason", hidden=True),
        Column("Request", Kind.ID, hidden=True, help="Metriport’s id of the request."),
    ]


def query_row(row: QueryRow) -> Row:
    """The row of one query."""
    query = row.query
    return Row(
        query.id,
        [
            query.id,
            query.submitted_at,
            purpose_name(query.purpose),
            words_of(QUERY_STATES, query.status),
            _list_sources(row),
            _measure(query),
            query.patient_id,
            query.started_by or origin_name(query.origin),
            query.reason,
            query.request_id,
        ],
        Place(PlaceKind.QUERY, query.id),
    )


def queries_table(
    rows: Sequence[QueryRow],
    *,
    key: str,
    without: Sequence[str] = (),
    empty: str = _EMPTY,
    order: Order | None = None,
    turn: Callable[[Order], None] | None = None,
) -> None:
    """Draw the list without the columns named in `without`; a click on a query opens it."""
    columns = query_columns(order)
    kept = [place for place, column in enumerate(columns) if column.name not in without]
    drawn = [query_row(row) for row in rows]
    show_list(
        [columns[place] for place in kept],
        [Row(row.key, [row.cells[place] for place in kept], row.place) for row in drawn],
        key=key,
        caption="Network queries",
        empty=empty,
        turn=turn,
    )


def _list_sources(row: QueryRow) -> Hover | None:
    """Each source with the sign of its state; why one failed is told on hover."""
    if not row.sources:
        return None
    signs = "  ".join(
        f"{_SHORT.get(source.type, source.type)} {words_of(SOURCE_STATES, source.status).mark}"
        for source in row.sources
    )
    return Hover(signs, sources_words(row))


def _measure(query: NetworkQuery) -> str | None:
    """How long the query took, or None while that is unknown."""
    # A query that was started elsewhere is submitted, for the log, at its first webhook.
    began = min(query.started_at or query.submitted_at, query.submitted_at)
    if query.finished_at is None or query.finished_at <= began:
        return None
    return duration(query.finished_at - began)
