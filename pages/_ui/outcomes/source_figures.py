"""The figures of sources: how they ended, and their volume and success over time. Pure.

A source stands once for each purpose of use: treatment and IAS are never added up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import (
    chart_colour,
    make_figure,
    named_rows,
    ordered,
    state_marker,
)
from pages._ui.charts.time_axis import Mark, local, mark_layout, time_axis
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outcomes import (
    RECORDS_FOUND,
    SOURCE_RESULTS,
    bucket_name,
    purposes_in_order,
)
from pages._ui.words.outside import chart_text
from pages._ui.words.states import States, label
from services.outcomes.outcomes import OutcomeView
from services.queries.status import COMPLETED

Line = dict[Any, Any]
"""A row of a table: its columns by name."""

Key = tuple[str, str]
"""A source type and a purpose of use."""

ROW_HEIGHT = 92
"""Pixels of each source over time."""


def keys_of(table: pd.DataFrame) -> list[Key]:
    """The sources and purposes of a table, in the order in which charts show them, downward."""
    found = set(zip(table["type"], table["purpose"], strict=True))
    purposes = purposes_in_order(purpose for _, purpose in found)
    return sorted(found, key=lambda key: (key[0], purposes.index(key[1])))


def key_name(key: Key) -> str:
    """A source and a purpose of use, as in "HIE, IAS"."""
    return f"{source_name(key[0])}, {purpose_name(key[1])}"


def source_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The share of each result per source and purpose of use, as one bar of 100 % each."""
    keys = keys_of(table)[::-1]
    lines = table.to_dict("records")
    bars = [_source_bar(lines, keys, result, dark) for result in ordered(table["result"])]
    names = [_source_title(key, [line for line in lines if _key(line) == key]) for key in keys]
    return _shares(bars, names, dark)


def records_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The share of completed queries with and without records, one bar per purpose of use."""
    purposes = purposes_in_order(table["purpose"])[::-1]
    lines = table.to_dict("records")
    bars = []
    for found in ordered(table["records"]):
        of_it = [line for line in lines if line["records"] == found]
        places = [str(purposes.index(line["purpose"])) for line in of_it]
        customdata = [(line["purpose"], found, line["queries"]) for line in of_it]
        bars.append(_share_bar(RECORDS_FOUND, found, places, of_it, customdata, dark))
    names = [f"{purpose_name(purpose)}: {sum(_queries(lines, purpose)):,}" for purpose in purposes]
    return _shares(bars, [chart_text(name) for name in names], dark)


def _queries(lines: Sequence[Line], purpose: str) -> Iterator[int]:
    return (line["queries"] for line in lines if line["purpose"] == purpose)


def _key(line: Line) -> Key:
    return line["type"], line["purpose"]


def _source_title(key: Key, lines: Sequence[Line]) -> str:
    completed = sum(line["share"] for line in lines if line["result"] == COMPLETED)
    queries = sum(line["queries"] for line in lines)
    return chart_text(f"{key_name(key)}: {completed:.0%} of {queries:,}")


def _source_bar(lines: Sequence[Line], keys: list[Key], result: str, dark: bool) -> dict[str, Any]:
    of_it = [line for line in lines if line["result"] == result]
    places = [str(keys.index(_key(line))) for line in of_it]
    customdata = [(*_key(line), result, line["queries"]) for line in of_it]
    return _share_bar(SOURCE_RESULTS, result, places, of_it, customdata, dark)


def _share_bar(
    states: States,
    state: str,
    places: list[str],
    lines: Sequence[Line],
    customdata: list[Any],
    dark: bool,
) -> dict[str, Any]:
    return {
        "type": "bar",
        "y": places,
        "x": [line["share"] for line in lines],
        "orientation": "h",
        "name": chart_text(label(states, state)),
        "marker": state_marker(states, state, dark=dark),
        "customdata": customdata,
        "hovertext": [f"{line['queries']:,} queries" for line in lines],
        "hovertemplate": "%{hovertext}, %{x:.1%}<extra>%{fullData.name}</extra>",
    }


def _shares(bars: list[dict[str, Any]], names: list[str], dark: bool) -> go.Figure:
    axes = {
        "xaxis": {"tickformat": ".0%", "range": [0, 1], "dtick": 0.25, "tickangle": 0},
        "yaxis": named_rows(names),
    }
    height = 44 + 34 * max(len(names), 2)
    return make_figure(bars, axes, height, dark=dark, barmode="stack", bargap=0.35)


def sources_time_figure(
    table: pd.DataFrame, view: OutcomeView, *, dark: bool, marks: Sequence[Mark] = ()
) -> go.Figure:
    """The success rate of each source as a line over time, over bars of its volume.

    A row for each source and purpose of use. Bars are of the row's own scale, and their highest
    number stands in its title.
    """
    edges, keys = view.edges, keys_of(table)
    names = [bucket_name(start, view.bucket) for start in local(edges, view.zone)]
    axes: dict[str, dict[str, Any]] = {
        "xaxis": time_axis(local(edges, view.zone), view.bucket) | {"automargin": False}
    }
    traces, titles = [], []
    for row, key in enumerate(keys):
        lines = [line for line in table.to_dict("records") if _key(line) == key]
        rates, volumes = f"{2 * row + 1 if row else ''}", f"{2 * row + 2}"
        top = 1 - row / len(keys)
        domain = [top - 0.9 / len(keys), top - 0.26 / len(keys)]
        axes[f"yaxis{rates}"] = _rate_axis() | {"domain": domain}
        axes[f"yaxis{volumes}"] = _volume_axis(lines) | {"overlaying": f"y{rates}"}
        axes["xaxis"]["anchor"] = f"y{rates}"
        titles.append(_row_title(key, lines, top))
        bounds = _bounds(edges, view.period.until)
        traces.append(_volume_bars(lines, names, bounds, dark) | {"yaxis": f"y{volumes}"})
        traces.append(_rate_line(lines, names, bounds, dark) | {"yaxis": f"y{rates}"})
    outside = mark_layout(marks, dark=dark)
    height = 40 + ROW_HEIGHT * max(len(keys), 1)
    margin = {"l": 48, "r": 24, "t": 10, "b": 28}
    return make_figure(
        traces,
        axes,
        height,
        dark=dark,
        bargap=0.15,
        annotations=[*titles, *outside["annotations"]],
        shapes=outside["shapes"],
        margin=margin,
    )


def _bounds(edges: Sequence[datetime], until: datetime) -> list[tuple[str, str]]:
    ends = [*edges[1:], until]
    return [(since.isoformat(), end.isoformat()) for since, end in zip(edges, ends, strict=True)]


def _rate_axis() -> dict[str, Any]:
    return {
        "range": [-0.06, 1.06],
        "tickvals": [0, 0.5, 1],
        "tickformat": ".0%",
        "automargin": False,
        "zeroline": False,
    }


def _volume_axis(lines: Sequence[Line]) -> dict[str, Any]:
    most = max((line["queries"] for line in lines), default=1)
    # Bars take the lower half at most, so that the line of a good source lies above them.
    return {"range": [0, most * 2.2], "visible": False, "automargin": False}


def _row_title(key: Key, lines: Sequence[Line], top: float) -> dict[str, Any]:
    completed, ended = (sum(line[name] for line in lines) for name in ("completed", "ended"))
    rate = f"{completed / ended:.1%} completed" if ended else "none ended"
    most = max((line["queries"] for line in lines), default=0)
    queries = sum(line["queries"] for line in lines)
    return {
        "text": chart_text(f"{key_name(key)}: {rate}, {queries:,} queries, at most {most:,} a bar"),
        **{"x": 0, "xref": "paper", "xanchor": "left"},
        **{"y": top, "yref": "paper", "yanchor": "top"},
        "showarrow": False,
        "font": {"size": 12},
    }


def _volume_bars(
    lines: Sequence[Line], names: Sequence[str], bounds: Sequence[tuple[str, str]], dark: bool
) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": [line["place"] for line in lines],
        "y": [line["queries"] for line in lines],
        "marker": {"color": chart_colour("gray", dark=dark), "opacity": 0.45, "line": {"width": 0}},
        "customdata": [(*_key(line), *bounds[line["place"]]) for line in lines],
        "hovertext": [names[line["place"]] for line in lines],
        "hovertemplate": "%{y:,} queries<extra>%{hovertext}</extra>",
    }


def _rate_line(
    lines: Sequence[Line], names: Sequence[str], bounds: Sequence[tuple[str, str]], dark: bool
) -> dict[str, Any]:
    ended = [line for line in lines if line["ended"]]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [line["place"] for line in ended],
        "y": [line["rate"] for line in ended],
        "line": {"color": chart_colour("green", dark=dark), "width": 2},
        "marker": {"size": 5},
        "customdata": [(*_key(line), *bounds[line["place"]]) for line in ended],
        "hovertext": [
            f"{line['completed']:,} of {line['ended']:,}, {names[line['place']]}" for line in ended
        ],
        "hovertemplate": "%{y:.1%} completed<br>%{hovertext}<extra></extra>",
    }
