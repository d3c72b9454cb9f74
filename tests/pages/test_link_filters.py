"""The filters of the Queries page that only a link sets."""

from zoneinfo import ZoneInfo

from pages._ui.list.link_filters import read_link
from services.queries.filters import QueryFilters

UTC = ZoneInfo("UTC")


def test_a_link_names_a_person_and_who_started_their_queries() -> None:
    link = read_link(QueryFilters(), {"patient": "p-1", "by": "sandbox#support"}, UTC)
    assert link.filters == QueryFilters(patient_id="p-1", started_by_id="sandbox#support")
    assert link.shown == {"Patient: p-1": ("patient",), "Started by: sandbox#support": ("by",)}


def test_a_value_that_cannot_be_read_is_named_and_left_out() -> None:
    link = read_link(QueryFilters(), {"since": "yesterday", "error_status": "many"}, UTC)
    assert link.filters == QueryFilters()
    assert link.unknown == ("since", "error_status")
