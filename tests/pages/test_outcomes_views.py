"""The ways to look at Outcomes: long periods, zones, and each way to show a chart."""

import pytest

from services.desk import Desk
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.test_outcomes_page import _a_day_ago, titles

__all__ = ["_a_day_ago"]

DAYS = {"period": "Days …"}


@pytest.mark.parametrize("period", ["12 months", "All"])
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE])
def test_a_long_period_draws_everything(browser: Browser, role: Role, period: str) -> None:
    at = browser.open(role, "outcomes.py", period=period)
    assert not at.exception and not at.error and len(at.get("plotly_chart")) == 5


def test_one_day_long_ago_is_an_empty_picture(browser: Browser) -> None:
    days = {"from": "2015-03-08", "to": "2015-03-08"}
    at = browser.open(Role.SUPPORT, "outcomes.py", **DAYS, **days)
    assert not at.exception and "No queries in this period" in texts(at)


@pytest.mark.parametrize("zone", ["America/Santiago", "America/Havana", "Atlantic/Azores"])
def test_days_whose_midnight_does_not_exist_are_drawn(
    browser: Browser, zone: str, running_desk: Desk
) -> None:
    at = browser.open(Role.SUPPORT, "outcomes.py")
    at.context = {"timezone": zone, "theme": "dark"}
    at.query_params["period"] = "12 months"
    at.query_params["bucket"] = "Week"
    at.run()
    assert not at.exception and not at.error and len(at.get("plotly_chart")) == 5


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ({"sources_as": "Over time"}, "How each source ended"),
        ({"times_as": "Over time"}, "Time that completed sources took"),
        ({"times_as": "Distribution"}, "Time that completed sources took"),
        ({"status_as": "Share completed"}, "Share of queries that completed per day"),
    ],
)
def test_each_way_to_show_a_chart_has_an_address(
    browser: Browser, address: dict[str, str], title: str
) -> None:
    at = browser.open(Role.SUPPORT, "outcomes.py", **address)
    assert not at.exception and not at.error and len(at.get("plotly_chart")) == 5
    assert title in titles(at)


def test_the_rule_of_unusual_days_stands_beside_bars_per_day_alone(browser: Browser) -> None:
    assert "outside the usual range" in texts(browser.open(Role.SUPPORT, "outcomes.py"))
    weekly = browser.open(Role.SUPPORT, "outcomes.py", period="90 days")
    assert "outside the usual range of" not in texts(weekly)


def test_what_is_no_success_stands_for_itself(browser: Browser) -> None:
    told = texts(browser.open(Role.SUPPORT, "outcomes.py"))
    for outcome in ("No records", "Hidden failure", "Unconfirmed", "Not started"):
        assert f"{outcome} **" in told


def test_product_sees_whole_weeks_that_are_over(browser: Browser) -> None:
    at = browser.open(Role.PRODUCT, "outcomes.py")
    assert not at.exception and not at.error
    assert "per week" in titles(at)[0]
    assert "Small groups are left out, and numbers are rounded." in texts(at)
    both = browser.open(
        Role.PRODUCT, "outcomes.py", leave_out="Started elsewhere", period="12 months"
    )
    assert not both.exception and not both.error
    assert "one filter at a time" in texts(both)
