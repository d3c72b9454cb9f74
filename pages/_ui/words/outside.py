"""Text from outside, made ready for the places that would act on it.

Whatever upstream, a webhook or somebody's keyboard has written is shown as the text that it is.
Streamlit reads most texts as Markdown, and Plotly reads its own as HTML. Cells of lists, `st.text`,
`st.code` and `alt` show text as it is.
"""

import re

from services.exports.lines import one_line

_JOINER = "\u2060"
"""WORD JOINER: no width, no break. It parts characters that mean something only together."""

# Streamlit and its Markdown library look for these after escapes are resolved, so that a backslash
# does not stop them: bare links and addresses, icons and emoji, arrows, dashes and comparisons.
_LIVE = re.compile(
    r"""
    (?<=:) (?=[\w/+-])        # https://   :material/home:   :smile:
    | (?<=www) (?=\.)         # www.example.com
    | (?<=[\w.+-]) (?=@)      # somebody@example.com
    | (?<=[-<>~]) (?=[-=>])   # ->  <-  --  <->  >=  <=  ~=
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_CHART_SIGNS = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>{}$"})


def markdown_text(text: object) -> str:
    """`text` as Markdown that shows exactly this text, on one line.

    For every title, sentence, badge, label, tooltip and toast of Streamlit.
    """
    parted = _LIVE.sub(_JOINER, one_line(text))
    escaped = _PUNCTUATION.sub(r"\\\g<0>", parted)
    # Four leading spaces would be a block of code.
    return _JOINER + escaped if escaped.startswith(" ") else escaped


def chart_text(text: object) -> str:
    """`text` for a label, a legend, a title or a hover text of Plotly, which reads tags, entities,
    `%{…}` and formulas."""
    return one_line(text).translate(_CHART_SIGNS)


def cell_text(text: object) -> str:
    """`text` for a cell of a table, which shows it as it is."""
    return one_line(text)
