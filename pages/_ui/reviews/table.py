"""The review queue as a list: one row for each item, which opens it below."""

from collections.abc import Callable, Sequence

from pages._ui.list.cells import Cell, Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.compliance.reviews import item_state
from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.compliance.states import severity_words
from pages._ui.words.names import purpose_name
from services.compliance.reviews.rows import ReviewItem

COLUMNS = (
    Column("What was found"),
    Column("Worst", Kind.STATE),
    Column("Waits since", Kind.MOMENT, help="Since when it has been in the queue."),
    Column("Review", Kind.STATE),
    Column("With", help="To whom it is assigned. Anybody else may decide it too."),
    Column("What"),
    Column("Who", help="Who started the query, or looked."),
    Column("Happened", Kind.MOMENT, hidden=True),
    Column("Sample", hidden=True, help="The week in whose random sample it is."),
    Column("Patient", Kind.ID, hidden=True),
    Column("Id", Kind.ID, hidden=True),
)


def review_table(
    items: Sequence[ReviewItem], *, empty: str, most: int | None, open_item: Callable[[str], None]
) -> None:
    """Draw the list; a click on a row calls `open_item` with its id."""
    show_list(
        COLUMNS,
        [review_row(item) for item in items],
        key="reviews",
        caption="The review queue",
        empty=empty,
        most=most,
        open_row=open_item,
    )


def review_row(item: ReviewItem) -> Row:
    """The row of one item."""
    cells: list[Cell] = [
        found_words(item),
        severity_words(item.severity),
        item.opened_at,
        item_state(item),
        item.assigned,
        kind_words(item),
        item.actor or "Elsewhere",
        item.at,
        item.sampled_week,
        item.patient_id,
        item.subject,
    ]
    return Row(item.id, cells)


def found_words(item: ReviewItem) -> Hover:
    """The first finding and how many more there are; all of them on hover."""
    titles = [rule_title(code) for code in item.findings] or ["Random sample"]
    more = f" +{len(titles) - 1}" if len(titles) > 1 else ""
    return Hover(titles[0] + more, "; ".join(titles))


def kind_words(item: ReviewItem) -> str:
    """What is reviewed: a query by its purpose, or a look."""
    return f"{purpose_name(item.purpose)} query" if item.kind == "query" else "Look"
