"""What a request for a query has to name."""

import pytest

from services.errors import InvalidInput
from services.metriport.schemas import Sources
from services.queries.requests import OTHER_REASON, REASONS, TreatmentRequest, name_requested


def test_a_treatment_request_names_everything_that_is_missing() -> None:
    with pytest.raises(InvalidInput) as caught:
        TreatmentRequest("p", "", Sources(), "because").check()
    assert set(caught.value.fields) == {"sources", "facility", "reason"}


@pytest.mark.parametrize("ticket", ["has space", "x" * 41, "Jane Smith", "<b>", "é"])
def test_a_ticket_is_a_number_and_not_a_text(ticket: str) -> None:
    with pytest.raises(InvalidInput):
        TreatmentRequest("p", "f", Sources(hie=True), REASONS[0], ticket).check()


def test_another_reason_needs_its_ticket() -> None:
    with pytest.raises(InvalidInput):
        TreatmentRequest("p", "f", Sources(hie=True), OTHER_REASON).check()
    TreatmentRequest("p", "f", Sources(hie=True), OTHER_REASON, "SUP-1").check()


def test_realtime_speaks_of_the_pharmacy_only() -> None:
    assert (
        name_requested(Sources(hie=True, pharmacy=True, realtime=True)) == "hie pharmacy:realtime"
    )
    assert name_requested(Sources(lab=True, realtime=True)) == "lab"
