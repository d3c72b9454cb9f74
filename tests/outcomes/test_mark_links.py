"""A link that a mark opens, as the page of queries reads it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pages._ui.list.link_filters import read_link
from services.queries.filters import QueryFilters

ZONE = ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def test_a_link_that_cannot_be_read_says_so_and_filters_nothing() -> None:
    values = {"since": "banana", "until": "2026-09-14T10:00", "error_status": "many"}
    link = read_link(QueryFilters(), values, ZONE)
    assert link.unknown == ("since", "until", "error_status")
    assert link.filters == QueryFilters() and not link.shown


def test_what_is_chosen_on_the_page_narrows_a_link_further() -> None:
    noon = datetime(2026, 9, 14, 12, tzinfo=UTC)
    values = {"since": noon.isoformat(), "until": (noon + DAY).isoformat(), "is_source": "x"}
    chosen = QueryFilters(since=noon + timedelta(hours=1), until=noon + 2 * DAY, source="hie")
    filters = read_link(chosen, values, ZONE).filters
    assert (filters.since, filters.until) == (noon + timedelta(hours=1), noon + DAY)
    assert filters.source == "hie"


def test_a_link_is_shown_in_words() -> None:
    values = {
        "since": "2026-09-14T13:00:00+00:00",
        "until": "2026-09-14T14:00:00+00:00",
        "is_status": "on-hold",
        "result": "mixed",
        "error": "slow down",
        "error_in": "lab",
        "error_status": "429",
    }
    shown = read_link(QueryFilters(source="hie"), values, ZONE).shown
    assert list(shown) == [
        "Submitted from Sep 14, 2026, 09:00:00 EDT and before Sep 14, 2026, 10:00:00 EDT",
        "Status: on-hold",
        "HIE as a whole: Mixed",
        "Laboratory (429): slow down",
    ]
