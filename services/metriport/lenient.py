"""Types that read as much as can be read of what upstream says.

One odd value must not hide a whole answer: it counts as unknown, and what it was is noted. Hand a
list in as the context of a validation, as in `Model.model_validate(data, context=notes)`, and the
notes are in it afterwards, each as "field: value".
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

_LONGEST_NOTE = 120
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""No session, query or message is older or will be younger. Beyond these bounds arithmetic and time
zones fail: 9999-12-31T23:59 has no moment in Honolulu."""

Item = TypeVar("Item")


def describe(value: Any) -> str:
    """An unreadable value as a short text."""
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + "…"


def _note(info: ValidationInfo, value: Any, where: str = "") -> None:
    if isinstance(info.context, list):
        info.context.append(f"{info.field_name}{where}: {describe(value)}")


def _read_text(value: Any, info: ValidationInfo) -> str:
    """Text as it came, numbers as their digits; anything else is unknown."""
    if isinstance(value, str):
        return value
    _note(info, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def _read_optional_text(value: Any, info: ValidationInfo) -> str | None:
    return None if value is None else _read_text(value, info) or None


def _read_time(
    value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> datetime | None:
    """A time within sensible bounds, in UTC; without a zone it is taken for UTC."""
    if value is None:
        return None
    try:
        time: datetime = handler(value)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValidationError, OverflowError):
        _note(info, value)
        return None
    if _EARLIEST <= time < _LATEST:
        return time
    _note(info, value)
    return None


def _read_or_none(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    try:
        return handler(value)
    except ValidationError:
        _note(info, value)
        return None


def _read_items(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Every item that can be read. One object stands for a list of one, null for an empty one."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    readable = []
    for position, item in enumerate(items):
        notes_before = len(info.context) if isinstance(info.context, list) else 0
        try:
            [read] = handler([item])
        except ValidationError:
            _note(info, item, f"[{position}]")
            continue
        if isinstance(info.context, list) and hasattr(read, "keep_unreadable"):
            read.keep_unreadable(info.context[notes_before:])
        readable.append(read)
    return readable


def _refuse_empty(value: Any) -> Any:
    if value in (None, ""):
        raise ValueError("must not be empty")
    return str(value) if isinstance(value, int) else value


Text = Annotated[str, BeforeValidator(_read_text)]
"""A text that is documented as always there; unknown is empty."""

OptionalText = Annotated[str | None, BeforeValidator(_read_optional_text)]
"""A text that may be missing."""

RequiredId = Annotated[str, BeforeValidator(_refuse_empty)]
"""An id without which the object cannot be spoken of."""

OptionalTime = Annotated[datetime | None, WrapValidator(_read_time)]
"""A time in UTC; one that cannot be true is unknown."""

OptionalFlag = Annotated[bool | None, WrapValidator(_read_or_none)]
"""A flag that may be missing."""

Readable = Annotated[list[Item], WrapValidator(_read_items)]
"""A list without the items that cannot be read."""

Lenient = Annotated[Item | None, WrapValidator(_read_or_none)]
"""Anything that counts as missing where it cannot be read."""
