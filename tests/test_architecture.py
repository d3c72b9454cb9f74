"""The figure in docs/architecture.md shows the imports as they are."""

import re
from pathlib import Path

import grimp

FIGURE = Path(__file__).parents[1] / "docs" / "architecture.md"
ROOT_MODULES = {"bootstrap": "bootstrap", "__main__": "bootstrap", "desk": "desk"}
"""Modules at the root of `services` that the figure names; the others are its `base`."""

Arrow = tuple[str, str]


def _place(module: str) -> str | None:
    """The node of the figure that a module belongs to."""
    top, *rest = module.split(".")
    if top == "pages" or not rest:
        return top if top == "pages" else None
    if (FIGURE.parents[1] / "services" / rest[0]).is_dir():
        return rest[0]
    return ROOT_MODULES.get(rest[0], "base")


def _imports() -> set[Arrow]:
    graph = grimp.build_graph("services", "pages", cache_dir=None)
    arrows = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            origin, target = _place(module), _place(imported)
            if origin and target and origin != target:
                arrows.add((origin, target))
    return arrows


def _without_implied(arrows: set[Arrow]) -> set[Arrow]:
    """The arrows that do not follow from others."""
    targets: dict[str, set[str]] = {}
    for origin, target in arrows:
        targets.setdefault(origin, set()).add(target)

    def reachable(place: str) -> set[str]:
        direct = targets.get(place, set())
        return direct.union(*(reachable(target) for target in direct))

    return {
        (origin, target)
        for origin, target in arrows
        if not any(target in reachable(other) for other in targets[origin] - {target})
    }


def test_the_figure_shows_every_arrow_and_no_other() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", FIGURE.read_text(), re.MULTILINE))
    assert drawn == _without_implied(_imports())
