"""The Outcomes page: its address, what it compares, and what stands behind its marks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.charts.chart_numbers import NumbersRow, described
from pages._ui.outcomes.headline import Change, change_of_count, change_of_rate
from pages._ui.outcomes.numbers import SOURCE_COLUMNS
from pages._ui.words.states import SOURCE_STATES
from services.desk import Desk
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.folding import Folding
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.lists import ShownList, has_list, shown_list


def at_the_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[datetime], datetime]
) -> None:
    """Have the pages see another time than what runs beside them."""
    clock = desk.clock
    monkeypatch.setattr("services.desk._running", replace(desk, clock=lambda: change(clock())))


@pytest.fixture(autouse=True)
def _a_day_ago(running_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute after midnight the day that runs has no queries yet, the one before has."""
    Folding(running_desk.store, PeopleCounting()).finish()
    at_the_time(running_desk, monkeypatch, lambda now: now - timedelta(days=1))


def titles(at: AppTest) -> list[str]:
    return [title.value for title in at.subheader]


@pytest.mark.parametrize(
    ("address", "told", "title"),
    [
        ({"period": "banana"}, "period “banana”, which there is not. Shown: 30 days.", "per day"),
        ({"period": ""}, "period “”, which there is not. Shown: 30 days.", "per day"),
        ({"bucket": "year"}, "width of a bar “year”, which there is not. Shown: Day.", "per day"),
        ({"period": "90 days", "bucket": "Hour"}, "90 days cannot be read with a bar per hour: "
         "there is one per day instead.", "per day"),
        ({"period": "7 days", "bucket": "Week"}, "7 days cannot be read with a bar per week: "
         "there is one per day instead.", "per day"),
        ({"period": "Today", "bucket": "Day"}, "Today cannot be read with a bar per day: "
         "there is one per hour instead.", "per hour"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_shown_says_so_and_what_is_shown(
    browser: Browser, address: dict[str, str], told: str, title: str
) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py", **address)
    assert not at.exception and told in texts(at)
    assert title in titles(at)[0]


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ({}, "per day"),
        ({"period": "90 days"}, "per week"),
        ({"period": "90 days", "bucket": "Day"}, "per day"),
        ({"period": "7 days"}, "per day"),
        ({"period": "Today"}, "per hour"),
    ],
)
def test_the_width_of_a_bar_follows_the_period(
    browser: Browser, address: dict[str, str], title: str
) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py", **address)
    assert not at.warning and title in titles(at)[0]


def test_a_longer_period_that_is_chosen_has_its_own_width_of_a_bar(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py")
    assert "per day" in titles(at)[0]
    for period, title in (
        ("90", "per week"), ("1", "per hour"), ("90", "per week"), ("365", "per month"),
        ("7", "per day"),
    ):  # fmt: skip
        at.segmented_control(key="period").set_value(period).run()
        assert title in titles(at)[0] and not at.warning and not at.exception


def test_the_time_before_is_named_in_words(browser: Browser) -> None:
    week = texts(browser.open(Role.ADMIN, "outcomes.py", period="7 days"))
    assert "than the 7 days before, to the same hour" in week
    assert "yesterday, to the same hour" in texts(
        browser.open(Role.ADMIN, "outcomes.py", period="Today")
    )


def test_few_queries_are_not_compared() -> None:
    assert change_of_count(4, 400) is None and change_of_count(400, 4) is None
    assert change_of_rate(0.5, 1.0, (4, 400)) is None
    assert change_of_rate(None, 1.0, (40, 40)) is None
    assert change_of_count(12, 10) == Change("2 more", 2)
    assert change_of_count(10, 1010) == Change("1,000 fewer", -1000)
    assert change_of_count(10, 10) == Change("As many", 0)
    assert change_of_rate(0.912, 0.9, (40, 40)) == Change("1.2 points higher", 12)
    assert change_of_rate(0.9, 0.95, (40, 40)) == Change("5.0 points lower", -50)
    assert change_of_rate(0.9, 0.90001, (40, 40)) == Change("The same", 0)


def test_too_few_to_compare_is_said(browser: Browser) -> None:
    """Before the example log began, there is nothing to compare its first days with."""
    at = browser.open(Role.ADMIN, "outcomes.py", period="90 days")
    assert "Too few to compare" in texts(at)
    assert "with the 90 days before, to the same hour" in texts(at)


@pytest.mark.parametrize(
    ("period", "advice"),
    [
        ("7 days", "Choose a longer period above."),
        ("90 days", "Leave out less, or start one on a person’s page."),
    ],
)
def test_an_empty_period_says_what_to_do(
    browser: Browser,
    running_desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    period: str,
    advice: str,
) -> None:
    at_the_time(running_desk, monkeypatch, lambda now: now + timedelta(days=800))
    at = browser.open(Role.ADMIN, "outcomes.py", period=period)
    assert not at.exception
    assert f"No queries in this period ({period})" in texts(at) and advice in texts(at)
    assert not at.get("plotly_chart")


def test_every_chart_has_a_title_a_description_and_its_numbers(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "outcomes.py")
    charts = at.get("plotly_chart")
    assert len(charts) == len(at.expander) == 5 and titles(at)[5:] == ["By facility"]
    for title, chart in zip(titles(at), charts, strict=False):
        assert chart.proto.alt.startswith(f"{title}. ")
        assert len(chart.proto.alt) <= 1600
    assert {fold.label for fold in at.expander} == {"The numbers"}


def test_a_description_reads_as_sentences() -> None:
    rows = [
        NumbersRow(["HIE", "IAS", SOURCE_STATES["completed"], 0.75, 3]),
        NumbersRow(["HIE", "IAS", SOURCE_STATES["failed"], 0.25, 1]),
    ]
    assert described("How sources ended", SOURCE_COLUMNS, rows) == (
        "How sources ended. HIE, IAS, Completed, 75.0%, 3 queries; "
        "HIE, IAS, Failed, 25.0%, 1 queries."
    )
    long = described("How sources ended", SOURCE_COLUMNS, rows * 100)
    assert len(long) < 1600 and long.endswith("; all of them stand under The numbers.")


CHARTS = ("status", "sources", "times", "errors", "records")


def open_numbers(at: AppTest, chart: str) -> ShownList:
    """The numbers of a chart, once they are unfolded."""
    name = f"outcomes_{chart}"
    assert not has_list(at, f"{name}_numbers")
    at.session_state[f"{name}_fold"] = True
    return shown_list(at.run(), f"{name}_numbers")


@pytest.mark.parametrize("chart", CHARTS)
def test_numbers_lead_to_queries_only_where_the_role_may_see_them(
    browser: Browser, chart: str
) -> None:
    closed = open_numbers(browser.open(Role.PRODUCT, "outcomes.py"), chart)
    assert closed.keys and set(closed.addresses) == {""}
    opened = open_numbers(browser.open(Role.SUPPORT, "outcomes.py"), chart)
    without = [number for number, address in enumerate(opened.addresses) if not address]
    # Of records only those queries have a filter that found none.
    assert chart == "records" or not without
    assert all(address.startswith("/queries?") for address in opened.addresses if address)
    assert len(set(opened.keys)) == len(opened)


@pytest.mark.parametrize("chart", CHARTS[:4])
def test_the_page_behind_a_mark_lists_as_many_queries_as_it_says(
    browser: Browser, chart: str
) -> None:
    """The rarest mark that fits on one page; `tests/outcomes/test_marks.py` tries every one."""
    at = browser.open(
        Role.SUPPORT, "outcomes.py", period="Today" if chart == "status" else "7 days"
    )
    numbers = open_numbers(at, chart)
    counts = dict(zip(numbers.addresses, numbers.column("Queries"), strict=True))
    address, count = min(counts.items(), key=lambda mark: mark[1])
    at = browser.open(Role.SUPPORT, "queries.py", **dict(parse_qsl(urlsplit(address).query)))
    assert not at.exception and not at.warning
    assert len(shown_list(at, "queries")) == min(count, 50)


def test_what_only_a_link_can_set_can_be_dropped(browser: Browser) -> None:
    link = {"source": "HIE", "result": "failed", "is_purpose": "x", "since": "banana"}
    at = browser.open(Role.SUPPORT, "queries.py", **link)
    assert "not understood and left out: since" in texts(at)
    drops = [button for button in at.button if button.icon == ":material/close:"]
    assert [drop.label.replace("\\", "") for drop in drops] == [
        "Purpose: x",
        "HIE as a whole: Failed",
    ]
    drops[0].click().run()
    assert "is_purpose" not in at.query_params and "result" in at.query_params


DAYS = {"period": "Days …"}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"from": "2026-11-20", "to": "2026-11-10"}, "From is after To, so the last 30 days are"),
        ({"from": "banana"}, "From: “banana” in the address is no date"),
        ({"to": "9999-12-31"}, "To (inclusive): “9999-12-31” in the address is still to come"),
        ({"from": "0001-01-01"}, "From: “0001-01-01” in the address lies before 2010"),
        ({"from": "2010-01-01"}, "A period has at most 3,660 days"),
    ],
)
def test_days_that_are_no_period_say_so_and_draw_the_usual_one(
    browser: Browser, address: dict[str, str], told: str
) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py", **DAYS, **address)
    assert not at.exception and not at.error
    assert told in texts(at) and at.get("plotly_chart")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"leave_out": "everything"}, "Leave out: “everything” in the address is none of its"),
        ({"facility": "Nowhere"}, "Facility: “Nowhere” in the address is none of its values"),
    ],
)
def test_a_filter_that_there_is_not_says_so(
    browser: Browser, address: dict[str, str], told: str
) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py", **address)
    assert not at.exception and not at.error
    assert told in texts(at) and at.get("plotly_chart")
