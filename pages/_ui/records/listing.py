"""The list of a person's records by type and date, and the button that downloads them.

The list is the argument of a part of the page: it is in no session state, and gone once the page is
drawn anew.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.list.cells import Column, Row
from pages._ui.list.table import show_list
from pages._ui.words.outside import cell_text, markdown_text
from pages._ui.words.records import NO_TITLE, date_words, size_words, type_words
from services.desk import desk
from services.errors import AccessDeskError
from services.records.bundle import Item
from services.records.contents import Listing
from services.staff.permissions import Actor
from services.staff.reasons import Grounds

_COLUMNS = (
    Column("Title"),
    Column("Type", help="The type of the FHIR resource."),
    Column("Date", help="When it was, by the resource itself; a date without a time as it came."),
)
_ON_A_PAGE = 100
_MOST_TYPES = 30


def records_listing(
    who: Actor, patient_id: str, grounds: Grounds, listing: Listing
) -> datetime | None:
    """Draw it; answers when (UTC) the file can be downloaded no more."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Records")
        st.space("stretch")
        until = _download(who, patient_id, grounds, listing)
    _describe(listing)
    _table(_filtered(listing))
    return until


def _describe(listing: Listing) -> None:
    counts, size = listing.counts, size_words(listing.size)
    left_out = f" The first {len(listing.items):,} are listed." if listing.left_out else ""
    st.markdown(
        f"**{sum(counts.values()):,} resources** of {len(counts)} types, {size}, newest first."
        f"{left_out}"
    )
    types = (f"{markdown_text(type_words(name))} {number:,}" for name, number in counts.items())
    st.markdown(" · ".join(islice(types, _MOST_TYPES)))


def _filtered(listing: Listing) -> Sequence[Item]:
    chosen = st.multiselect(
        "Type",
        list(listing.counts),
        format_func=lambda name: f"{cell_text(type_words(name))} ({listing.counts[name]:,})",
        placeholder="All",
        key="records_types",
    )
    return [item for item in listing.items if not chosen or item.type in chosen]


def _table(items: Sequence[Item]) -> None:
    pages = max(1, -(-len(items) // _ON_A_PAGE))
    # The place of the pages, which stand below the list and say what is in it.
    place = st.container()
    # Another filter has other pages, and begins at its first.
    page = st.pagination(pages, key=f"records_page_{len(items)}") if pages > 1 else 1
    first = (page - 1) * _ON_A_PAGE
    with place:
        show_list(
            _COLUMNS,
            [_row(number, item) for number, item in enumerate(items)][first : first + _ON_A_PAGE],
            key="records",
            caption="Resources of the bundle",
            empty="Metriport holds no records of this kind for the person.",
        )


def _row(number: int, item: Item) -> Row:
    cells = [item.title or NO_TITLE, type_words(item.type), date_words(item, zone())]
    return Row(str(number), cells)


def _download(who: Actor, patient_id: str, grounds: Grounds, listing: Listing) -> datetime | None:
    """Draw the button, as long as the address of the records lasts."""
    offer, now = desk().record_contents.offered(who, patient_id), desk().clock()
    if not listing.counts:
        return None
    if offer is None or not offer.is_open(now):
        st.markdown("The address has ended: fetch the records anew to download them.")
        return None
    st.download_button(
        "Download as JSON",
        lambda: _make(who, patient_id, grounds),
        file_name=f"records-{patient_id}-{now:%Y-%m-%dT%H%MZ}.json",
        mime="application/json",
        icon=":material/download:",
        key="download_records",
        # A click that draws the page anew loses the file now and then.
        on_click="ignore",
        help="Noted in the access log under the same reason and ticket, before the file is read.",
    )
    return offer.until


def _make(who: Actor, patient_id: str, grounds: Grounds) -> bytes:
    """The file, read when it is asked for. This runs without the page, and maybe after its end."""
    try:
        return desk().record_contents.download(who, patient_id, grounds)
    except AccessDeskError as error:
        # Its text is ours; whatever stands behind it may repeat what came.
        raise RuntimeError(str(error)) from None
    except Exception as error:
        raise RuntimeError(type(error).__name__) from None
