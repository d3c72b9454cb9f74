"""The lists of facts that a page shows, read from what the browser is sent."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def shown_facts(at: AppTest) -> dict[str, str]:
    """Every fact on the page by its name."""
    components: list[Any] = list(at.get("bidi_component"))
    return {
        fact["name"]: fact["value"]
        for component in components
        if component.proto.component_name == "access_desk_facts"
        for fact in json.loads(component.proto.json)["facts"]
    }
