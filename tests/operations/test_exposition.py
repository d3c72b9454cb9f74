"""The text that Prometheus reads."""

import pytest

from services.operations.prometheus.exposition import Metric, Sample, as_text, gauge


def test_a_metric_has_its_help_its_type_and_its_samples() -> None:
    metric = Metric("m_a", "Says it.", [Sample(2, {"kind": "x", "to": "y"}), Sample(0.25, {})])
    assert as_text([metric]) == (
        '# HELP m_a Says it.\n# TYPE m_a gauge\nm_a{kind="x",to="y"} 2\nm_a 0.25\n'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "plain"), ('say "hi"', r"say \"hi\""), ("back\\slash", r"back\\slash"),
     ("two\nlines", r"two\nlines"), ('\\"', r"\\\""), ("", ""), ("ü€", "ü€"), ("{a=1}", "{a=1}")],
)  # fmt: skip
def test_values_of_labels_cannot_leave_their_quotes(value: str, written: str) -> None:
    line = as_text([Metric("m", "", [Sample(1, {"a": value})])]).splitlines()[-1]
    assert line == f'm{{a="{written}"}} 1'


def test_help_stays_in_its_line() -> None:
    assert '# HELP m two\\nlines \\\\ "q"\n' in as_text([gauge("m", 'two\nlines \\ "q"', 1)])


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (True, "1"), (1e15, "1000000000000000"), (0.1, "0.1"), (-3.5, "-3.5"),
     (float("nan"), "NaN"), (float("inf"), "+Inf"), (float("-inf"), "-Inf")],
)  # fmt: skip
def test_numbers_are_written_as_the_format_has_them(value: float, written: str) -> None:
    assert as_text([gauge("m", "x", value)]).splitlines()[-1] == f"m {written}"


def test_what_is_not_known_has_no_sample() -> None:
    assert as_text([gauge("m", "x", None)]) == "# HELP m x\n# TYPE m gauge\n"


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "ä", 'a{b="c"}'])
def test_a_name_that_the_format_does_not_allow_is_no_metric(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        as_text([gauge(name, "x", 1)])
    with pytest.raises(ValueError, match="no name"):
        as_text([Metric("m", "x", [Sample(1, {name: "x"})])])
