"""Names reduced to what people type of them: no accents, no capitals, no apostrophes. Pure."""

import re
import unicodedata

_NOT_DECOMPOSED = str.maketrans(
    {
        "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
        "\u0131": "i", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
        "þ": "th", "Þ": "Th", "ħ": "h",
    }
)  # fmt: skip
"""Letters that Unicode does not take for a letter with an accent."""

_WORD = re.compile(r"\w+")
_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02bc\u00b4`]")


def without_accents(text: str) -> str:
    """`text` in basic letters, where its letters have such; capitals stay."""
    decomposed = unicodedata.normalize("NFD", text.translate(_NOT_DECOMPOSED))
    bare = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", bare)


def fold(text: str) -> list[str]:
    """The words of a name for comparing: "O'Malley-Vang" is `omalley` and `vang`."""
    return _WORD.findall(without_accents(_APOSTROPHES.sub("", text)).casefold())
