from typing import Any

import pytest

from services.sandbox.answers import Refusal
from services.sandbox.queries.body import read_metadata, read_sources
from services.sandbox.queries.sources import Asked

ON = {"enabled": True}
OFF = {"enabled": False}


def types(sources: Any) -> list[str]:
    return [asked.type for asked in read_sources({"sources": sources})]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"hie": ON}, ["hie"]),
        ({"hie": ON, "pharmacy": OFF, "lab": ON}, ["hie", "lab"]),
        ({"lab": ON, "pharmacy": ON, "hie": ON}, ["hie", "pharmacy", "lab"]),
        (["lab"], ["lab"]),
        (["lab", "hie", "lab"], ["hie", "lab"]),
        (["hie", "pharmacy", "lab"], ["hie", "pharmacy", "lab"]),
    ],
)
def test_both_forms_name_sources(sources: Any, expected: list[str]) -> None:
    assert types(sources) == expected


def test_realtime_is_a_switch_of_the_pharmacy_source() -> None:
    sources = {"pharmacy": {"enabled": True, "realtime": True}}
    assert read_sources({"sources": sources}) == [Asked("pharmacy", realtime=True)]
    assert read_sources({"sources": {"pharmacy": ON}}) == [Asked("pharmacy")]


@pytest.mark.parametrize(
    "sources",
    [
        None,
        "hie",
        7,
        {},
        [],
        {"hie": OFF},
        {"hie": OFF, "lab": OFF},
        {"hie": True},
        {"hie": {}},
        {"hie": {"enabled": "true"}},
        {"hie": {"enabled": 1}},
        {"hie": {"enabled": None}},
        {"hie": {"enabled": True, "realtime": True}},
        {"lab": {"enabled": True, "realtime": False}},
        {"pharmacy": {"realtime": True}},
        {"pharmacy": {"enabled": True, "realtime": "yes"}},
        {"hie": ON, "genomics": ON},
        {"HIE": ON},
        ["genomics"],
        ["hie", "genomics"],
        [None],
        [{"hie": ON}],
        [["hie"]],
    ],
)
def test_anything_else_is_refused(sources: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        types(sources)
    assert refusal.value.status == 400
    assert refusal.value.detail.startswith("sources")


@pytest.mark.parametrize(
    "pairs",
    [
        {},
        {"key": "value"},
        {"k" * 40: "v" * 500},
        {"empty": ""},
        {f"key{n}": "v" for n in range(50)},
    ],
)
def test_metadata_within_its_limits_comes_back(pairs: dict[str, str]) -> None:
    assert read_metadata({"metadata": pairs}) == pairs


def test_metadata_may_be_left_out() -> None:
    assert read_metadata({}) == read_metadata({"metadata": None}) == {}


@pytest.mark.parametrize(
    "pairs",
    [
        {f"key{n}": "v" for n in range(51)},
        {"k" * 41: "v"},
        {"": "v"},
        {"key": "v" * 501},
        {"key": 1},
        {"key": None},
        {"key": {"nested": "v"}},
        ["key"],
        "key=value",
    ],
)
def test_metadata_beyond_its_limits_is_refused(pairs: Any) -> None:
    with pytest.raises(Refusal, match=r"^metadata: "):
        read_metadata({"metadata": pairs})
