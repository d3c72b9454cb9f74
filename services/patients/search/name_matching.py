"""Which of many words are like a typed one: it begins them, stands in them, or has a slip. Pure."""

from bisect import bisect_left
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

_EXACT, _PREFIX, _INSIDE = 100.0, 90.0, 65.0
_SHORTEST_INSIDE = 3
_PER_SLIP = 30.0
"""What one slip takes, in a word of one letter; it weighs less in a longer one."""

_MOST_ALIKE = 60


def alike(typed: str, words: Sequence[str], *, slips: bool) -> dict[str, float]:
    """The words that `typed` may mean, each with how well it fits, from 0 to 100.

    Both are folded, and `words` sorted. Words that begin with `typed` fit best; with `slips`, also
    those count that it stands within, or that differ from it in a letter or two.
    """
    found = _inside(typed, words) | _slipped(typed, words) if slips else {}
    for word in words[bisect_left(words, typed) : bisect_left(words, typed + "\U0010ffff")]:
        found[word] = _PREFIX + (_EXACT - _PREFIX) * len(typed) / len(word)
    return found


def _inside(typed: str, words: Sequence[str]) -> dict[str, float]:
    if len(typed) < _SHORTEST_INSIDE:
        return {}
    return {word: _INSIDE for word in words if typed in word}


def _slipped(typed: str, words: Sequence[str]) -> dict[str, float]:
    """Words that differ from `typed` by a slip, as a whole or as far as was typed.

    A slip is a letter that is missing, doubled, wrong, or exchanged with its neighbour.
    """
    if len(typed) < 3:
        return {}
    if len(typed) == 3:
        # So many short names differ in one letter only that the first one at least has to be right.
        words = words[bisect_left(words, typed[0]) : bisect_left(words, typed[0] + "\U0010ffff")]
    most = 1 if len(typed) < 5 else 2 if len(typed) < 10 else 3
    # As far as was typed: with all its letters, or with some missing.
    beginnings = ([word[:length] for word in words] for length in (len(typed), len(typed) + most))
    found: dict[str, float] = {}
    for shown, penalty in ((words, 0.0), *((shown, 5.0) for shown in beginnings)):
        # In C, over all words at once: names are compared by the ten thousand.
        close = process.extract(
            typed, shown, scorer=OSA.distance, score_cutoff=most, limit=_MOST_ALIKE
        )
        for _, distance, place in close:
            score = _PREFIX - penalty - _PER_SLIP * distance / len(typed)
            found[words[place]] = max(score, found.get(words[place], 0.0))
    return found
