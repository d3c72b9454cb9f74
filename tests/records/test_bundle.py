"""What a bundle holds, whatever it looks like."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.records.bundle import Item, iter_items


def read(*resources: Any, **odd: Any) -> list[Item]:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]} | odd
    return list(iter_items(json.dumps(bundle).encode()))


@pytest.mark.parametrize(
    ("resource", "item"),
    [
        (
            {"resourceType": "Condition", "code": {"text": "Asthma"}, "onsetDateTime": "2024-05"},
            Item("Condition", "Asthma", day="2024-05"),
        ),
        (
            {
                "resourceType": "Observation",
                "code": {"coding": [{"code": "4548-4", "display": "Hemoglobin A1c"}]},
                "effectivePeriod": {"start": "2025-02-03T23:30:00-05:00"},
            },
            Item("Observation", "Hemoglobin A1c", datetime(2025, 2, 4, 4, 30, tzinfo=UTC)),
        ),
        (
            {"resourceType": "Practitioner", "name": [{"given": ["Ann", "M"], "family": "Lee"}]},
            Item("Practitioner", "Ann Lee"),
        ),
        ({"resourceType": "Organization", "name": "Clinic"}, Item("Organization", "Clinic")),
        (
            {"resourceType": "Encounter", "class": {"code": "AMB"}, "period": {"end": "2023"}},
            Item("Encounter", "AMB", day="2023"),
        ),
        # Neither type nor date, and fields of odd shapes.
        ({"id": "1"}, Item("", "")),
        ({"resourceType": 7, "code": [[]], "date": {"start": 3}}, Item("", "")),
        ({"resourceType": "A", "date": "yesterday"}, Item("A", "")),
        ({"date": "2024-02-31T10:00:00Z"}, Item("", "", None, "2024-02-31T10:00:00Z")),
        ({"date": "2024-02-03T10:00:00"}, Item("", "", datetime(2024, 2, 3, 10, tzinfo=UTC))),
        (None, Item("", "")),
    ],
)  # fmt: skip
def test_type_title_and_date_are_read_where_there_are_any(resource: Any, item: Item) -> None:
    assert read(resource) == [item]


def test_a_long_title_is_cut() -> None:
    (item,) = read({"resourceType": "A", "title": "x" * 5000})
    assert item.title == "x" * 200


@pytest.mark.parametrize("entry", [[], [3], [{}], [None], ["x"]])
def test_entries_without_a_resource_are_listed_without_anything(entry: list[Any]) -> None:
    assert read(entry=entry) == [Item("", "")] * len(entry)


def test_other_fields_may_stand_anywhere_and_entry_may_be_missing() -> None:
    text = (
        ' { "entry" : [ { "resource" : {"resourceType":"A"} } , {} ] , "resourceType":"Bundle" } '
    )
    assert list(iter_items(text.encode())) == [Item("A", ""), Item("", "")]
    assert list(iter_items(b'{"resourceType":"Bundle","entry":null}')) == []
    assert list(iter_items(b'{"resourceType":"Bundle"}')) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "<html></html>", '{"a":1}', '{"resourceType":"Patient"}', '{"a"',
        '{"resourceType":"Bundle","entry":[{}', '{"resourceType":"Bundle","entry":[{} {}]}',
        '{"resourceType":"Bundle"}{"resourceType":"Bundle"}', '{resourceType:"Bundle"}',
        '{"resourceType":"Bundle","entry":' + "[" * 100_000,
        '{"resourceType":"Bundle","entry":[' + '{"a":' * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        list(iter_items(text.encode()))


@pytest.mark.parametrize("title", ["Café — 李 😀", "é", "\u00e9\x85"])
@pytest.mark.parametrize("escaped", [True, False])
def test_letters_of_all_languages_are_read(title: str, escaped: bool) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"title": title}}, {}]}
    content = json.dumps(bundle, ensure_ascii=escaped).encode()
    assert list(iter_items(content)) == [Item("", title.strip()), Item("", "")]
    assert list(iter_items(b"\xef\xbb\xbf" + content))[1:] == [Item("", "")]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    content = b'{"resourceType":"Bundle","entry":[{"resource":{"title":"a\xff\xe9"}}]}'
    assert list(iter_items(content)) == [Item("", "a\ufffd\ufffd")]
