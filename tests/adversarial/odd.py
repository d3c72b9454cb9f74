"""JSON that is almost right: a message or an answer with parts that nobody would expect."""

from typing import Any

from hypothesis import strategies as st

TEXTS = [
    "", " ", "\x00", "a\x00b", "\ud800", "\u202eesrever", "a\u200bb", "x" * 5_000, "=1+1", "NaN",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999Z", "2026-02-30T00:00:00Z",
    "1970-01-01T00:00:00Z", "processing", "completed", "failed", "in-progress", "pharmacy",
    "<script>", ":material/home:", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
NUMBERS = [0, -1, 17, 2**31, 2**63, 10**20, -(10**40), 0.5, -0.0, 1e308, float("inf"), float("nan")]

_LEAVES = st.one_of(
    st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.text(max_size=5)
)
_ODD = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["type", "status", "id", "\x00", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
_CHANCE = 5
"""One part in so many becomes odd or is left out."""


@st.composite
def almost(draw: st.DrawFn, right: Any) -> Any:
    """`right`, with some of its parts odd, missing or twice."""
    dice = draw(st.integers(0, _CHANCE * 2))
    if dice == 0:
        return draw(_ODD)
    if isinstance(right, dict):
        kept = {name: draw(almost(part)) for name, part in right.items()}
        if dice == 1 and kept:
            kept.pop(draw(st.sampled_from(sorted(kept))))
        return kept
    if isinstance(right, list):
        return [draw(almost(part)) for part in right * (2 if dice == 1 else 1)]
    return right
