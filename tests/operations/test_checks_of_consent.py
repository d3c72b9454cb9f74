"""What the setup check says of consent."""

from pathlib import Path
from typing import Any

import pytest

from services.operations.check_result import CheckStatus
from services.operations.checks_of_consent import check_consent
from services.settings import Settings

REAL = {"metriport_api_key": "key"}


@pytest.mark.parametrize(
    ("given", "text", "status", "words"),
    [
        ({}, None, CheckStatus.OK, "the shipped example"),
        (REAL, None, CheckStatus.FAILED, "set CONSENT_TEXT"),
        (REAL | {"consent": "off"}, None, CheckStatus.OK, "held elsewhere"),
        (REAL, "Version: 9\n\nYes.", CheckStatus.OK, "your own text, version 9"),
        (REAL, "Yes.", CheckStatus.FAILED, "CONSENT_TEXT: must name its version"),
        ({"consent": "off"}, "Yes.", CheckStatus.FAILED, "CONSENT_TEXT"),
    ],
)
def test_each_finding(
    tmp_path: Path, given: dict[str, Any], text: str | None, status: CheckStatus, words: str
) -> None:
    if text is not None:
        given = given | {"consent_text": tmp_path / "consent.txt"}
        given["consent_text"].write_text(text, "utf-8")
    [result] = check_consent(Settings(_env_file=None, **given))
    assert (result.status, words in result.what) == (status, True), result.what


def test_whether_consents_can_be_handed_in() -> None:
    results = list(check_consent(Settings(_env_file=None, consent_token="t" * 32)))
    assert "handed in" in results[-1].what
    assert "t" * 32 not in str(results)
