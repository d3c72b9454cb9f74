"""JSON as it comes from outside, made fit for models and for the log."""

import json
from typing import Any

_DEEPEST = 100
"""Nothing that upstream documents is nested more than a dozen levels; what is far deeper makes
every later reader fail in a place of its own."""


def read_json(raw: bytes) -> Any:
    """The value that `raw` stands for; raises `ValueError` for anything that is no JSON.

    Lone surrogates, which JSON can escape and UTF-8 cannot hold, become question marks: otherwise
    one such letter anywhere would make the whole message unreadable.
    """
    try:
        value = json.loads(raw)
        return value if _is_plain(raw) else _clean(value, 0)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _is_plain(raw: bytes) -> bool:
    """Whether it can hold nothing that is to be cleaned, nor be too deep: nearly always."""
    deepest = raw.count(b"[") + raw.count(b"{")
    return raw.isascii() and b"\\u" not in raw and deepest <= _DEEPEST


def _clean(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_clean(name, depth): _clean(item, depth + 1) for name, item in value.items()}
    return value
