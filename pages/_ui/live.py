"""Parts of a page that are drawn again and again by themselves."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages._ui.errors import boundary

Given = ParamSpec("Given")


def live(draw: Callable[Given, None], every: float | None) -> Callable[Given, None]:
    """`draw`, repeated every so many seconds; None draws it with the page only.

    Streamlit shows a fragment's errors by itself, so that the shell never hears of them: each has
    a last line of its own.
    """

    @wraps(draw)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> None:
        with boundary():
            draw(*args, **kwargs)

    return st.fragment(guarded, run_every=every)
