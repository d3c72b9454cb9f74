"""Text from outside is text: what Markdown, Plotly and the buttons of tables would act on."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._ui.charts.outcome_figures import (
    duration_figure,
    errors_figure,
    source_figure,
    status_figure,
)
from pages._ui.charts.records_figure import records_figure
from pages._ui.words.outside import cell_text, chart_text, markdown_text
from tests.pages.conftest import unescaped
from tests.pages.evil import EVIL

NOW = datetime(2026, 9, 14, 15, tzinfo=UTC)
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
    sources = pd.DataFrame({"type": EVIL, "result": EVIL, "queries": numbers, "share": 1.0})
    times = pd.DataFrame({"type": EVIL, "median": 1.0, "p90": 2.0, "p99": 3.0, "attempts": 9})
    errors = pd.DataFrame({"where": EVIL, "error": EVIL, "status": 400.0, "queries": numbers})
    return {
        "status": status_figure(status, "day", dark=False),
        "sources": source_figure(sources, dark=False),
        "times": duration_figure(times, dark=True),
        "errors": errors_figure(errors, dark=True),
        "records": records_figure(dict(zip(EVIL, numbers, strict=True)), dark=False),
    }


@pytest.mark.parametrize("name", ["status", "sources", "times", "errors", "records"])
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
    if name != "status":
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
    "sources": (source_figure, ["type", "result", "queries", "share"]),
    "times": (duration_figure, ["type", "median", "p90", "p99", "attempts"]),
    "errors": (errors_figure, ["where", "error", "status", "queries"]),
}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_table_is_an_empty_picture(name: str, dark: bool) -> None:
    make, columns = EMPTY[name]
    figure = make(pd.DataFrame(columns=columns), dark=dark)
    assert not [trace for trace in figure.data if trace.x is not None and len(trace.x)]
