"""Whether the colours and patterns of charts can be told apart, also by colour-blind eyes.

The simulation is that of Machado, Oliveira and Fernandes, "A Physiologically-based Model for
Simulation of Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15
(6), 2009, with its matrices for severity 1.0 on linear RGB. Differences are CIE 1976 (L*a*b*).
Contrast is WCAG 2.2's, whose 1.4.11 asks for 3:1 of what a picture needs to be understood.
"""

import re
from html import unescape
from itertools import combinations

import numpy as np
import pytest

from pages._ui.charts.legend import legend_html
from pages._ui.charts.style import (
    _COLOURS,
    _INK,
    chart_colour,
    ordered,
    paper,
    pattern,
    state_colour,
    state_marker,
)
from pages._ui.words.compliance.states import CLEAN, COMPLETENESS, SEVERITIES
from pages._ui.words.outcomes import OUTCOMES, RECORDS_FOUND, SOURCE_RESULTS
from pages._ui.words.states import CALL_STATES, QUERY_STATES, States
from tests.pages.evil import EVIL

EYES = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)  # fmt: skip
WHITE = TO_XYZ @ np.ones(3)
CLEARLY = 20.0
"""A just noticeable difference is 2.3; this is seen at a glance, also on small areas."""

KINDS = {
    "queries": OUTCOMES,
    "records": RECORDS_FOUND,
    "sources": SOURCE_RESULTS,
    "calls": CALL_STATES,
    "evidence": COMPLETENESS,
    "findings": {state: words for state, words in SEVERITIES.items() if state != CLEAN},
}
UNKNOWN = "on-hold"
THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ light / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, eyes: str) -> float:
    seen = [lab(np.clip(np.array(EYES[eyes]) @ linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_simulation_is_that_of_the_paper() -> None:
    """Red and green of one lightness are one colour to a deuteranope, blue stays another."""
    assert difference("#b05a00", "#6f7a00", "deuteranopia") < CLEARLY / 2
    assert difference("#b05a00", "#6f7a00", "usual") > 2 * CLEARLY
    assert difference("#b05a00", "#1f5fae", "deuteranopia") > 2 * CLEARLY
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=0.01)


@THEMES
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("kind", KINDS)
def test_two_states_differ_in_colour_or_in_pattern(kind: str, eyes: str, dark: bool) -> None:
    states: States = KINDS[kind]
    alike = [
        (one, other)
        for one, other in combinations([*states, UNKNOWN], 2)
        if pattern(one) == pattern(other)
        and difference(
            state_colour(states, one, dark=dark), state_colour(states, other, dark=dark), eyes
        )
        < CLEARLY
    ]
    assert alike == []


@THEMES
def test_marks_and_their_patterns_stand_out_from_the_page(dark: bool) -> None:
    page = paper(dark=dark)
    faint = {
        name: ratio
        for name in _COLOURS["dark" if dark else "light"]
        if (ratio := contrast(chart_colour(name, dark=dark), page)) < 3
    }
    assert faint == {}
    assert contrast(_INK["dark" if dark else "light"], page) >= 4.5


@THEMES
def test_a_state_is_painted_alike_wherever_it_is_charted(dark: bool) -> None:
    for one, other in combinations(KINDS.values(), 2):
        for state in set(one) & set(other):
            assert state_marker(one, state, dark=dark) == state_marker(other, state, dark=dark)


def test_the_order_of_states_is_always_the_same() -> None:
    everything = [UNKNOWN, *SOURCE_RESULTS, *QUERY_STATES]
    order = ordered(everything)
    assert order[0] == "completed" and order[-1] == UNKNOWN
    for some in combinations(set(everything), 3):
        assert ordered(some) == [state for state in order if state in some]


@THEMES
def test_a_legend_shows_each_state_once_with_its_own_paint(dark: bool) -> None:
    html = legend_html(QUERY_STATES, [UNKNOWN, "failed", "completed", "failed"], dark=dark)
    names = [part.split("<")[0] for part in html.split("</span><span>")[1:]]
    assert list(map(unescape, names)) == ["Completed", "Failed", UNKNOWN]
    for state in ("completed", "failed", UNKNOWN):
        assert state_colour(QUERY_STATES, state, dark=dark) in html


@pytest.mark.parametrize("text", EVIL)
def test_a_legend_shows_outside_text_as_text(text: str) -> None:
    html = legend_html(QUERY_STATES, [text], dark=False)
    (shown,) = re.findall(r"<span>(.*?)</span>", html)
    assert not set("<>&") & set(re.sub(r"&#\d+;", "", shown))
    assert unescape(shown).strip("\u2068\u2069") == " ".join(re.split("[\n\t]", text))
