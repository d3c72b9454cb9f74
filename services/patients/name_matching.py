"""Which of many words are like a typed one: it begins them, or differs by a slip. Pure."""

from bisect import bisect_left
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

EXACT, PREFIX = 100.0, 90.0
"""A word as it was typed; at least this much for one that begins with what was typed."""

_SHORTEST_WITH_SLIP = 4
"""Of fewer letters too many names differ by one letter only."""

_MOST_ALIKE = 60


def alike(typed: str, words: Sequence[str], *, slips: bool) -> dict[str, float]:
    """The words that `typed` may mean, each with how well it fits, from 0 to 100.

    Both are folded, and `words` sorted. With `slips`, also words that differ in a letter or two.
    """
    found = _slipped(typed, words) if slips and len(typed) >= _SHORTEST_WITH_SLIP else {}
    for word in words[bisect_left(words, typed) : bisect_left(words, typed + "\U0010ffff")]:
        found[word] = PREFIX + (EXACT - PREFIX) * len(typed) / len(word)
    return found


def _slipped(typed: str, words: Sequence[str]) -> dict[str, float]:
    """Words that differ from `typed` by a slip, as a whole or as far as was typed.

    A slip is a letter that is missing, doubled, wrong, or exchanged with its neighbour.
    """
    most = 1 if len(typed) < 6 else 2 if len(typed) < 10 else 3
    found: dict[str, float] = {}
    for shown, penalty in ((words, 0), ([word[: len(typed)] for word in words], 5)):
        # In C, over all words at once: names are compared by the ten thousand.
        close = process.extract(
            typed, shown, scorer=OSA.distance, score_cutoff=most, limit=_MOST_ALIKE
        )
        for _, distance, place in close:
            score = PREFIX - penalty - 30 * distance / len(typed)
            found[words[place]] = max(score, found.get(words[place], 0))
    return found
