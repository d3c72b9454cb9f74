"""Pages of a list that is sorted by id, newest first (ids are ordered by time).

`fromItem` is the first item of the page, `toItem` its last, `count` its length; at most two of them
may be given. The links to other pages keep every other parameter and the caller's origin.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from starlette.datastructures import URL

from services.sandbox.answers import wrong
from services.sandbox.api.call import Call

DEFAULT_COUNT = 50
MAX_COUNT = 500

Walk = Callable[[str | None, bool], Iterator[str]]
"""Yields the ids of a list from a given id on (None: from the end), that id included.

The second argument says whether to go from the oldest to the newest.
"""


@dataclass(frozen=True)
class Window:
    """The part of a list that is asked for."""

    count: int = DEFAULT_COUNT
    from_item: str | None = None
    to_item: str | None = None

    @classmethod
    def of(cls, call: Call) -> "Window":
        """Read the query parameters of `call`; raises `Refusal` for wrong ones."""
        count, first, last = (call.query(name) for name in ("count", "fromItem", "toItem"))
        if count and first and last:
            raise wrong("pagination", "at most two of count, fromItem and toItem may be given")
        # With both ends given the page holds everything between them, up to the longest page.
        default = MAX_COUNT if first and last else DEFAULT_COUNT
        return cls(_count(count, default), first, last)


@dataclass(frozen=True)
class Page:
    """The ids on a page, and the next ids before and after it, if any."""

    ids: list[str]
    before: str | None
    after: str | None


def page(walk: Walk, window: Window) -> Page:
    """The part of the list of `walk` that `window` asks for."""
    if window.to_item and not window.from_item:
        return _page_backwards(walk, window.to_item, window.count)
    following = walk(window.from_item, False)
    if window.to_item:
        last = window.to_item
        following = takewhile(lambda item: item >= last, following)
    ids = list(islice(following, window.count))
    # An empty page still has a neighbour: the id that was asked for may lie beyond the end.
    first = ids[0] if ids else window.from_item
    before = _beyond(walk, first, True) if window.from_item else None
    return Page(ids, before, _beyond(walk, ids[-1], False) if ids else next(following, None))


def meta(url: URL, cut: Page, count: int, total: Callable[[], int]) -> dict[str, Any]:
    """The `meta` of a list's answer; `total` is called for the first page only."""
    found: dict[str, Any] = {"itemsOnPage": len(cut.ids)}
    if cut.before is None:
        found["itemsInTotal"] = total()
    else:
        found["prevPage"] = _link(url, "toItem", cut.before, count)
    if cut.after is not None:
        found["nextPage"] = _link(url, "fromItem", cut.after, count)
    return found


def _page_backwards(walk: Walk, last: str, count: int) -> Page:
    preceding = walk(last, True)
    ids = list(islice(preceding, count))[::-1]
    after = _beyond(walk, ids[-1] if ids else last, False)
    return Page(ids, next(preceding, None), after)


def _beyond(walk: Walk, edge: str | None, oldest_first: bool) -> str | None:
    """The next id after `edge` in that direction."""
    return next((item for item in walk(edge, oldest_first) if item != edge), None)


def _link(url: URL, name: str, item: str, count: int) -> str:
    bare = url.remove_query_params(["fromItem", "toItem"])
    return str(bare.include_query_params(**{name: item, "count": count}))


def _count(text: str | None, default: int) -> int:
    if text is None:
        return default
    # `isdigit` alone also accepts digits of other scripts; the length keeps `int` from long work.
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > MAX_COUNT:
        raise wrong("count", f"must be a whole number from 0 to {MAX_COUNT}")
    return int(text)
