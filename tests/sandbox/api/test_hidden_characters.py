from typing import Any

import pytest

from services.sandbox.answers import Refusal
from services.sandbox.api import validation
from tests.sandbox.api.test_validation import ADDRESS, BODY, TODAY, accepted

REASON = "must not contain characters that cannot be seen"
HIDDEN = ["\u200b", "\u200d", "\u00ad", "\ufeff", "\u202e", "\x00", "\x07", "\u3164"]


def detail(**changes: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        validation.patient(BODY | changes, TODAY)
    return refusal.value.detail


@pytest.mark.parametrize("hidden", HIDDEN)
def test_text_that_cannot_be_seen_in_full_is_refused(hidden: str) -> None:
    text = f"a{hidden}b"
    license_ = {"type": "driversLicense", "value": text, "state": "CA"}
    assert detail(firstName=text) == f"firstName: {REASON}"
    assert detail(lastName=["x", text]) == f"lastName: {REASON}"
    assert detail(externalId=text) == f"externalId: {REASON}"
    assert detail(address=ADDRESS | {"city": text}) == f"address[0].city: {REASON}"
    assert detail(contact={"email": f"{text}@x.org"}) == f"contact[0].email: {REASON}"
    assert detail(personalIdentifiers=license_) == f"personalIdentifiers[0].value: {REASON}"


@pytest.mark.parametrize("text", ["e\u0301", "\U0001f600", "محمد", "O’Malley", "a b", "a\tb"])
def test_text_that_can_be_seen_is_accepted(text: str) -> None:
    assert accepted(firstName=text)["firstName"] == text


def test_an_unknown_state_of_two_letters_is_refused() -> None:
    reason = "must be a state or a territory"
    assert detail(address=ADDRESS | {"state": "XX"}) == f"address[0].state: {reason}"


@pytest.mark.parametrize("territory", ["PR", "GU", "AS", "VI", "MP"])
def test_territories_count_as_states(territory: str) -> None:
    assert accepted(address=ADDRESS | {"state": territory})["address"][0]["state"] == territory


def test_the_state_of_a_social_security_number_is_dropped() -> None:
    number = {"type": "ssn", "value": "123-45-6789"}
    found = accepted(personalIdentifiers=[number | {"state": "Oregon"}])
    assert found["personalIdentifiers"] == [number]
