"""The lists that a page shows, read from what the browser is sent."""

import json
from dataclasses import dataclass
from typing import Any

from streamlit.testing.v1 import AppTest


@dataclass(frozen=True)
class ShownList:
    """One list: its rows as sent, and its columns as people read them."""

    data: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        """The key of each row."""
        return [row["key"] for row in self.data["rows"]]

    @property
    def addresses(self) -> list[str]:
        """Where each row leads."""
        return [row["address"] for row in self.data["rows"]]

    def column(self, name: str) -> list[Any]:
        """The texts of a column: of a state its word, of a moment its exact time."""
        names = [column["name"] for column in self.data["columns"]]
        place = names.index(name)
        return [_read(row["cells"][place]) for row in self.data["rows"]]

    def times(self, name: str) -> list[int]:
        """The moments of a column, in milliseconds since 1970."""
        names = [column["name"] for column in self.data["columns"]]
        place = names.index(name)
        return [row["cells"][place]["at"] for row in self.data["rows"]]

    def __len__(self) -> int:
        return len(self.data["rows"])


def shown_list(at: AppTest, name: str) -> ShownList:
    """The list of this name; fails where the page shows none."""
    found = {shown["name"]: shown for shown in _all(at)}
    return ShownList(found[name])


def has_list(at: AppTest, name: str) -> bool:
    """Whether the page shows the list of this name."""
    return any(shown["name"] == name for shown in _all(at))


def sent_to(at: AppTest) -> str:
    """The address that the page sends the browser to; fails where it sends it nowhere."""
    components: list[Any] = list(at.get("bidi_component"))
    [going] = [one for one in components if one.proto.component_name == "access_desk_go"]
    return str(json.loads(going.proto.json)["address"])


def _all(at: AppTest) -> list[dict[str, Any]]:
    components: list[Any] = list(at.get("bidi_component"))
    lists = [one for one in components if one.proto.component_name == "access_desk_list"]
    return [json.loads(one.proto.json) for one in lists]


def _read(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return next(cell[name] for name in ("label", "exact", "text") if name in cell)
