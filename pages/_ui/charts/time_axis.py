"""The axis of time under bars, and what happened outside, drawn on it. Pure.

Bars stand at the places 0, 1, … and not at times: an hour that comes twice is two bars, and all
have one width.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_uppercase
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pandas as pd

from pages._ui.charts.style import ink
from pages._ui.words.outcomes import bucket_tick
from pages._ui.words.times import exact

_MOST_LABELS = 10
_LABEL_STEPS = (1, 2, 3, 6, 7, 14)
"""Bars from one label of the axis to the next: hours in parts of a day, days in weeks."""


class Happened(Protocol):
    """An annotation: what happened outside, from `at` to `until`, or at one moment."""

    @property
    def at(self) -> datetime:
        """When it began, in UTC."""

    @property
    def until(self) -> datetime | None:
        """When it ended, in UTC; None for a moment."""

    @property
    def kind(self) -> str:
        """What it was: a release, an outage, a campaign."""

    @property
    def text(self) -> str:
        """What people wrote about it."""


@dataclass(frozen=True)
class Mark:
    """An annotation on an axis: its letter, where it begins and ends, and its words as text."""

    letter: str
    first: float
    last: float
    words: str


def time_axis(starts: Sequence[Any], bucket: str) -> dict[str, Any]:
    """The axis under bars that begin at `starts` (local times), of which a few are named."""
    steps = (step for step in _LABEL_STEPS if len(starts) / step <= _MOST_LABELS)
    named = range(0, len(starts), next(steps, -(-len(starts) // _MOST_LABELS) or 1))
    return {
        "range": [-0.6, len(starts) - 0.4],
        "tickvals": list(named),
        "ticktext": [bucket_tick(starts[place], bucket) for place in named],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
    }


def marks_of(
    annotations: Sequence[Happened], starts: Sequence[datetime], until: datetime, zone: ZoneInfo
) -> list[Mark]:
    """The annotations that lie in the time from the first of `starts` to `until`, in their order.

    A place between two bars is as far from them as the moment is from the starts of both.
    """
    if not starts:
        return []
    ends = [*starts[1:], until]
    inside = [
        one
        for one in sorted(annotations, key=lambda one: one.at)
        if one.at < until and (one.until or one.at) >= starts[0]
    ]
    return [
        Mark(
            _letter(number),
            _place(one.at, starts, ends),
            _place(one.until or one.at, starts, ends),
            _words(one, zone),
        )
        for number, one in enumerate(inside)
    ]


def mark_layout(marks: Sequence[Mark], *, dark: bool) -> dict[str, list[dict[str, Any]]]:
    """The shapes and the letters of marks, as parts of a figure's layout."""
    line = {"color": ink(dark=dark), "width": 1, "dash": "dot"}
    vertical = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    shapes = [
        vertical
        | {"x0": mark.first, "x1": mark.last, "line": line, "fillcolor": ink(dark=dark)}
        | {"opacity": 0.18 if mark.last > mark.first else 0.8}
        for mark in marks
    ]
    letters = [
        {
            "text": mark.letter,
            "hovertext": mark.letter,
            **{"x": mark.first, "xanchor": "left", "xshift": 2},
            **{"y": 1, "yref": "paper", "yanchor": "top"},
            "showarrow": False,
            "font": {"size": 11},
        }
        for mark in marks
    ]
    return {"shapes": shapes, "annotations": letters}


def _letter(number: int) -> str:
    """A, B, … Z, A2, B2, …"""
    rounds, place = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(rounds + 1) if rounds else "")


def _place(moment: datetime, starts: Sequence[datetime], ends: Sequence[datetime]) -> float:
    place = max(bisect_right(starts, moment) - 1, 0)
    length = (ends[place] - starts[place]).total_seconds()
    part = (moment - starts[place]).total_seconds() / length if length > 0 else 0
    # A bar is as wide as the place that it stands in the middle of.
    return place - 0.5 + min(max(part, 0), 1)


def _words(one: Happened, zone: ZoneInfo) -> str:
    ends = f" to {exact(one.until, zone)}" if one.until else ""
    return f"{exact(one.at, zone)}{ends}: {one.kind.capitalize()}. {one.text}"


def local(starts: Sequence[datetime], zone: ZoneInfo) -> list[pd.Timestamp]:
    """Moments as local times of `zone`."""
    return [pd.Timestamp(start).tz_convert(zone) for start in starts]
