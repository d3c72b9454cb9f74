"""The dialog of Outcomes and Adoption that hands out rows and pages of charts."""

from typing import Any

import pytest

from services.outcomes.definitions import definition
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PRODUCT])
@pytest.mark.parametrize(
    ("page", "chart"), [("outcomes.py", "status"), ("adoption.py", "active_people")]
)
def test_each_page_offers_its_charts(browser: Browser, page: str, chart: str, role: Role) -> None:
    at = browser.open(role, page)
    at.button(key="export").click().run()
    assert not at.exception
    assert definition(chart).title in at.selectbox(key="export_chart").options
    buttons: list[Any] = list(at.get("download_button"))
    assert [button.proto.label for button in buttons] == [
        "Download CSV",
        "Download XLSX",
        "Download PDF",
    ]
    written = texts(at)
    assert "Left out: tests" in written and "noted in the access log before" in written
    assert ("Small groups are left out" in written) == (role is Role.PRODUCT)
