"""The definitions of the charts: complete, plain, and the same in the document."""

import re
from pathlib import Path

import pytest

from services.outcomes.definitions import (
    ADOPTION,
    DEFINITIONS,
    OUTCOMES,
    Definition,
    definition,
    definitions_markdown,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
BEGIN, END = "<!-- definitions: begin -->\n", "<!-- definitions: end -->\n"

EACH = pytest.mark.parametrize("chart", DEFINITIONS.values(), ids=DEFINITIONS)


def test_the_document_says_what_the_pages_say() -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    chapter, _, _ = rest.partition(END)
    assert before and chapter.strip() == definitions_markdown().strip(), (
        "Put the text of definitions_markdown() between the two marks of docs/metrics.md."
    )


@EACH
def test_a_definition_is_whole(chart: Definition) -> None:
    assert chart.page in (OUTCOMES, ADOPTION)
    assert [name for name, _ in chart.lines if name != "Percentiles"] == [
        "Counted",
        "By",
        "A day begins",
        "Left out",
        "Product sees",
    ]
    assert all(text.endswith(".") for _, text in chart.lines)


@EACH
def test_a_definition_has_no_markup_of_its_own(chart: Definition) -> None:
    """It stands in Markdown and in cells of a file alike."""
    assert not re.search(r"[*`<>\[\]$~]", "".join(text for _, text in chart.lines))


@EACH
def test_what_it_points_to_stands_in_the_document(chart: Definition) -> None:
    for title in re.findall(
        r"“([^”]+)” in\s+docs/metrics\.md", " ".join(dict(chart.lines).values())
    ):
        assert f"\n## {title}\n" in DOCUMENT.read_text()


def test_percentiles_tell_their_error() -> None:
    assert [key for key, chart in DEFINITIONS.items() if "2 %" in chart.percentiles] == [
        "durations",
        "durations_over_time",
        "duration_distribution",
        "step_times",
    ]


def test_a_key_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        definition("weather")
