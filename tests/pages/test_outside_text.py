"""Text from outside is text: what Markdown, Plotly and the buttons of tables would act on."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._ui.charts.records_figure import records_figure
from pages._ui.charts.time_axis import marks_of
from pages._ui.outcomes.duration_figures import (
    distribution_figure,
    duration_figure,
    durations_time_figure,
)
from pages._ui.outcomes.errors_figure import errors_figure
from pages._ui.outcomes.rate_figure import rate_figure
from pages._ui.outcomes.source_figures import records_figure as found_figure
from pages._ui.outcomes.source_figures import source_figure, sources_time_figure
from pages._ui.outcomes.status_figure import status_figure
from pages._ui.words.outside import cell_text, chart_text, markdown_text
from services.outcomes.outcomes import OutcomeView
from services.outcomes.periods import period_of
from services.store.tables import Annotation
from tests.pages.conftest import unescaped
from tests.pages.evil import EVIL

NOW = datetime(2026, 9, 14, 15, tzinfo=UTC)
VIEW = OutcomeView(period_of(7, NOW, ZoneInfo("UTC")), "day", ZoneInfo("UTC"))
LIVE = (
    "://",
    "www.",
    "y@evil",
    ":material/",
    "->",
    "--",
    "<-",
    ">=",
    ":smile:",
)
"""What Streamlit acts on although it is escaped."""


def one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


@pytest.mark.parametrize("text", EVIL)
def test_markdown_keeps_every_sign_and_leaves_nothing_alive(text: str) -> None:
    shown = markdown_text(text)
    assert unescaped(shown).strip("\u2068\u2069") == one_line(text)
    assert not any(live in shown.replace("\\", "") for live in LIVE)
    assert not shown.startswith(" ") and "\n" not in shown


@given(st.text(max_size=60))
def test_any_text_stays_on_one_line_and_can_be_sent(text: str) -> None:
    for shown in (markdown_text(text), chart_text(text), cell_text(text)):
        assert len(shown.encode().splitlines()) <= 1 and len(shown.splitlines()) <= 1


@given(st.text(alphabet="ab:/@.-<>=~w_", max_size=40))
def test_nothing_of_signs_alone_is_alive(text: str) -> None:
    plain = markdown_text(text).replace("\\", "")
    assert not any(live in plain for live in ("://", "www.", "->", "--", "<-", ">=", "<=", "~="))
    assert unescaped(markdown_text(text)) == text


@pytest.mark.parametrize("text", ["Jane Smith", "Mary-Ann O’Malley", "Dr. J. Park (Jr.)", "李"])
def test_the_names_of_people_get_no_invisible_signs(text: str) -> None:
    assert markdown_text(text).replace("\\", "") == text


@pytest.mark.parametrize("text", EVIL)
def test_a_chart_gets_no_tag_no_entity_and_no_placeholder(text: str) -> None:
    shown = chart_text(text)
    assert not set("<>{}$") & set(shown)
    decoded = shown
    for sign in "<>{}$&":
        decoded = decoded.replace(f"&#{ord(sign)};", sign)
    assert decoded.strip("\u2068\u2069") == one_line(text)


def test_half_a_surrogate_pair_becomes_a_mark() -> None:
    assert markdown_text("a\ud83db").encode() and chart_text("\udc00") == "?"


def figures() -> dict[str, go.Figure]:
    starts = [pd.Timestamp(NOW - timedelta(days=day)) for day in range(len(EVIL))]
    numbers = range(1, len(EVIL) + 1)
    status = pd.DataFrame({"start": starts, "purpose": EVIL, "status": EVIL, "queries": numbers})
    status = status.assign(since=starts, until=starts, whole=True)
    keys = {"type": EVIL, "purpose": EVIL, "queries": numbers}
    sources = pd.DataFrame({**keys, "result": EVIL, "share": 1.0})
    course = pd.DataFrame({**keys, "ended": 2, "completed": 1, "rate": 0.5, "place": 0})
    times = pd.DataFrame({**keys, "median": 1.0, "p90": 2.0, "p99": 3.0, "attempts": 9, "place": 0})
    spread = pd.DataFrame({**keys, "low": 1.0, "high": 2.0, "attempts": 9, "share": 1.0})
    errors = pd.DataFrame({"where": EVIL, "error": EVIL, "status": 400.0, "queries": numbers,
                           "purpose": EVIL, "first": 0, "last": 0})  # fmt: skip
    errors["trend"] = [[1] * len(VIEW.edges)] * len(EVIL)
    marks = marks_of([Annotation(at=NOW, kind=text, text=text) for text in EVIL], VIEW.edges,
                     VIEW.period.until, VIEW.zone)  # fmt: skip
    found = sources.rename(columns={"result": "records"})
    return {
        "status": status_figure(status, "day", dark=False, marks=marks),
        "rate": rate_figure(course, VIEW, dark=False, goals={}, marks=marks),
        "sources": source_figure(sources, dark=False),
        "sources over time": sources_time_figure(course, VIEW, dark=True, marks=marks),
        "times": duration_figure(times, dark=True),
        "times over time": durations_time_figure(times, VIEW, dark=True, marks=marks),
        "spread": distribution_figure(spread, dark=False),
        "found": found_figure(found, dark=False),
        "errors": errors_figure(errors, VIEW, dark=True),
        "records": records_figure(dict(zip(EVIL, numbers, strict=True)), dark=False),
    }


OVER_TIME = ("status", "rate", "sources over time", "times over time", "spread")
ROWS = ("sources", "times", "errors", "records", "found")


@pytest.mark.parametrize("name", [*OVER_TIME, *ROWS])
def test_no_figure_carries_a_tag_but_in_what_a_click_answers(name: str) -> None:
    figure = json.loads(figures()[name].to_json())
    written = _strings(figure["layout"])
    for trace in figure["data"]:
        trace.pop("customdata", None)
        trace.pop("legendgroup", None)
        template = trace.pop("hovertemplate", "")
        assert not any(text in template for text in EVIL if len(text) > 2)
        assert "customdata[0]" not in template and "customdata[1]" not in template
        written |= _strings(trace)
    assert not [text for text in written if "<" in text or "%{" in text]
    if name in ROWS:
        assert figure["layout"]["yaxis"]["type"] == "category"


def _strings(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    children = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return set()
    return set().union(*map(_strings, children)) if value else set()


EMPTY = {
    "status": (
        partial(status_figure, bucket="day"),
        ["start", "purpose", "status", "queries", "since", "until", "whole"],
    ),
    "rate": (
        partial(rate_figure, view=VIEW, goals={}),
        ["purpose", "ended", "completed", "rate", "place"],
    ),
    "sources": (source_figure, ["type", "purpose", "result", "queries", "share"]),
    "sources over time": (
        partial(sources_time_figure, view=VIEW),
        ["type", "purpose", "queries", "ended", "completed", "rate", "place"],
    ),
    "times": (duration_figure, ["type", "purpose", "median", "p90", "p99", "attempts"]),
    "times over time": (
        partial(durations_time_figure, view=VIEW),
        ["place", "type", "purpose", "median", "p90", "p99", "attempts"],
    ),
    "spread": (distribution_figure, ["type", "purpose", "low", "high", "attempts", "share"]),
    "found": (found_figure, ["purpose", "records", "queries", "share"]),
    "errors": (
        partial(errors_figure, view=VIEW),
        ["where", "error", "status", "purpose", "queries", "first", "last", "trend"],
    ),
}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_table_is_an_empty_picture(name: str, dark: bool) -> None:
    make, columns = EMPTY[name]
    figure = make(pd.DataFrame(columns=columns), dark=dark)
    assert not [trace for trace in figure.data if trace.x is not None and len(trace.x)]
