"""Where a sign-in may lead."""

import pytest

from services.edge.sign_in import local_path


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/patient?patient=1", "/patient?patient=1"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_a_sign_in_leads_nowhere_else(wanted: str, goes: str) -> None:
    assert local_path(wanted) == goes
