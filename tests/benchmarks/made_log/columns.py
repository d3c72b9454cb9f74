"""Columns of many rows at once, as the databases keep them. Pure; times are microseconds in UTC."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Random = np.random.Generator

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_PLACES = np.array([place for place in range(36) if place not in (8, 13, 18, 23)])


def moments(micros: Numbers) -> list[str]:
    """Times as `2026-11-27 20:45:03.000000`."""
    if not len(micros):
        return []
    texts = np.datetime_as_string(micros.astype("datetime64[us]"))
    texts.view("U1").reshape(len(texts), -1)[:, 10] = " "
    return list(texts.tolist())


def where(present: Mask, values: list[Any]) -> list[Any]:
    """The values, and None where they are not there."""
    return [value if has else None for has, value in zip(present.tolist(), values, strict=True)]


def pick(values: list[Any], numbers: Numbers) -> list[Any]:
    """The values at these places of a list."""
    return [values[number] for number in numbers.tolist()]


def chosen(random: Random, shares: list[float], number: int) -> Numbers:
    """Places of a list, each as often as its share says."""
    edges = np.cumsum(shares) / sum(shares)
    return np.searchsorted(edges, random.random(number), side="right").astype(np.int64)


def new_ids(random: Random, micros: Numbers) -> list[str]:
    """UUIDv7 of these times."""
    raw = random.integers(0, 256, (len(micros), 16), dtype=np.uint8)
    millis = (micros // 1000).astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, :6] = millis[:, 2:]
    return _uuids(raw, 7)


def ids_of(numbers: Numbers, salt: int) -> list[str]:
    """UUIDs that are always the same for a number and a salt."""
    halves = np.stack([mixed(numbers, salt), mixed(numbers, salt + 1)], axis=1)
    return _uuids(halves.view(np.uint8).reshape(-1, 16).copy(), 4)


def mixed(numbers: Numbers, salt: int) -> NDArray[np.uint64]:
    """64 bits that look random and are always the same for a number and a salt (splitmix64)."""
    with np.errstate(over="ignore"):
        state = numbers.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))


def share_of(numbers: Numbers, salt: int) -> NDArray[np.float64]:
    """A number from 0 to 1 that is always the same for a number and a salt."""
    return (mixed(numbers, salt) >> np.uint64(11)).astype(np.float64) / 2**53


def hashes(random: Random, micros: Numbers) -> list[str]:
    """64 hexadecimal digits that grow with time.

    Real ones do not; but in this order an index that the table cannot be without is filled as fast
    as the rows, and has the same size.
    """
    raw = random.integers(0, 256, (len(micros), 32), dtype=np.uint8)
    raw[:, :8] = micros.astype(">u8").view(np.uint8).reshape(-1, 8)
    text = raw.tobytes().hex()
    return [text[start : start + 64] for start in range(0, len(text), 64)]


def _uuids(raw: NDArray[np.uint8], version: int) -> list[str]:
    raw[:, 6] = raw[:, 6] & 0x0F | version << 4
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = np.empty((len(raw), 32), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[raw >> 4], _HEX[raw & 15]
    texts = np.full((len(raw), 36), ord("-"), dtype=np.uint8)
    texts[:, _PLACES] = digits
    text = texts.tobytes().decode()
    return [text[start : start + 36] for start in range(0, len(text), 36)]
