"""Numbers as Prometheus reads them: the text format 0.0.4. Pure."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Sample:
    """One number, and the labels that tell it from others of its metric."""

    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """A gauge: its name, what it says, and its samples, of which there may be none."""

    name: str
    says: str
    samples: Sequence[Sample]


def gauge(name: str, says: str, value: float | None) -> Metric:
    """A metric of one number, or of none where it is not known."""
    return Metric(name, says, [] if value is None else [Sample(value, {})])


def as_text(metrics: Iterable[Metric]) -> str:
    """The metrics in the format; raises `ValueError` for a name that it does not allow."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterable[str]:
    _check(metric.name)
    yield f"# HELP {metric.name} {_escape(metric.says)}"
    yield f"# TYPE {metric.name} gauge"
    for sample in metric.samples:
        yield f"{metric.name}{_labels(sample.labels)} {_number(sample.value)}"


def _labels(labels: Mapping[str, str]) -> str:
    for name in labels:
        _check(name)
    written = [
        f'{name}="{_escape(value).replace(chr(34), chr(92) + chr(34))}"'
        for name, value in labels.items()
    ]
    return f"{{{','.join(written)}}}" if written else ""


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name of a metric or label: {name}")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value == int(value) else repr(float(value))
