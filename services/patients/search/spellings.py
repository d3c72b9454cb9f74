"""Other spellings of names, as a filter in upstream's language. Pure.

Upstream compares whole words, accents included, and knows no part of a word. It does know `or`: so
the spellings that a name may have there are asked for in one call. Only the same letters are
asked for: never a nickname, nor another name.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, product

from services.patients.search.folding import without_accents
from services.patients.search.terms import MOST_MEANINGS, SearchTerms

_LONGEST_FILTER = 1500
"""In characters. The filter is part of an address: proxies refuse those of more than some 8,000
bytes, and an accented letter takes six of them."""

_MOST_SPELLINGS = {1: 200, 2: 16, 3: 6}
"""How many spellings of each word are combined, by the number of words; three stands for more."""

_MOST_VARIED = 4
"""Words beyond these are asked for as they were typed."""

_ACCENTED = {
    "a": "áãàâäåąăāạảầấậặ", "c": "çćč", "d": "đď", "e": "éèêëęěếễệ", "g": "ğ", "i": "íïîì\u0131ị",
    "l": "ł", "n": "ñńň", "o": "óöôòõøőồốộơọ", "r": "ř", "s": "śšş", "t": "ťţ", "u": "úüùûůưứ",
    "y": "ýÿỳỹ", "z": "żźž",
}  # fmt: skip
"""The accents of the languages of Europe, Turkey and Vietnam, the likeliest first."""

_DIGRAPHS = (("ue", "ü"), ("oe", "ö"), ("ae", "ä"), ("ss", "ß"))
"""Two letters that stand for one where it cannot be typed."""

_APOSTROPHE = re.compile(r"[odln](?=\w{3})", re.IGNORECASE)
"""Where Irish, Italian, French and Senegalese names have an apostrophe, as in O'Malley."""

_PARTICLE = re.compile(r"(de|di|da|del|la|le|al|el|ben|abu|van|von|mc|mac|san)(?=\w{3})", re.I)
"""Where some write one name, and others two, as in Di Pasquale."""

_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def filters_of(terms: SearchTerms) -> str:
    """The filter for a search, with the spellings that its names may have upstream."""
    texts = terms.texts()
    if terms.is_in_filter_language or not terms.words:
        return " or ".join(texts)
    alternatives: dict[str, None] = {}
    meanings = product(*(date.meanings for date in terms.dates))
    dates = [" ".join(chosen) for chosen in islice(meanings, MOST_MEANINGS)]
    for words in _spellings_of_all(terms.words):
        alternatives.update(dict.fromkeys(f"{words} {date}".strip() for date in dates))
    return _join(alternatives)


def spellings(word: str) -> list[str]:
    """`word`, and how else it may be spelled upstream, the likeliest first; a phrase is quoted."""
    word = unicodedata.normalize("NFC", word)
    found = [word]
    if any(map(str.isdigit, word)):
        return found
    bare = without_accents(word)
    found += [bare, *_parted(word), *_parted(bare)]
    if "'" in word:
        found += [word.replace("'", ""), bare.replace("'", "")]
    found += [word.replace(pair, letter) for pair, letter in _DIGRAPHS]
    found += [word.replace(letter, pair) for pair, letter in _DIGRAPHS]
    # A name that was typed with accents has them where they were typed, or none.
    found += _accented(word) if bare == word else []
    return list(dict.fromkeys(found))


def _spellings_of_all(words: tuple[str, ...]) -> Iterator[str]:
    """The words together, the likeliest spellings first."""
    most = _MOST_SPELLINGS[min(len(words), 3)]
    of_each = [list(enumerate(spellings(word)[:most])) for word in words[:_MOST_VARIED]]
    rest = " ".join(words[_MOST_VARIED:])
    # The sum of the ranks: with "Pawel Szczepanski", both names have their accents upstream.
    ranked = sorted(product(*of_each), key=lambda chosen: sum(rank for rank, _ in chosen))
    for chosen in ranked:
        yield f"{' '.join(spelling for _, spelling in chosen)} {rest}".strip()
    if len(words) == 2:
        # What was typed as two words may be one, as McGonigle.
        yield "".join(words)


def _join(alternatives: dict[str, None]) -> str:
    """As many as fit, and the first in any case."""
    joined, *others = alternatives
    for other in others:
        if len(joined) + len(other) + 4 > _LONGEST_FILTER:
            break
        joined += f" or {other}"
    return joined


def _parted(word: str) -> list[str]:
    """The word with an apostrophe, or as two words, where such names have them."""
    found = []
    if match := _APOSTROPHE.match(word):
        found.append(f"{match[0]}'{word[match.end() :]}")
    if match := _PARTICLE.match(word):
        found.append(f'"{match[0]} {word[match.end() :]}"')
    if _INNER_CAPITAL.search(word):
        found.append(f'"{_INNER_CAPITAL.sub(" ", word)}"')
    return found


def _accented(word: str) -> list[str]:
    """The word with one accent, at each letter that can have one: first with the likeliest ones."""
    letters = [(place, _ACCENTED.get(letter, "")) for place, letter in enumerate(word.casefold())]
    deepest = max((len(accents) for _, accents in letters), default=0)
    return [
        word[:place] + accents[depth] + word[place + 1 :]
        for depth in range(deepest)
        for place, accents in letters
        if depth < len(accents)
    ]
