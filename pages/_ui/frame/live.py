"""Parts of a page that are drawn again at an interval."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages._ui.frame.errors import boundary

Given = ParamSpec("Given")


def live(draw: Callable[Given, None], every: float | None) -> Callable[Given, None]:
    """`draw` as a part that repeats after `every` seconds; None draws it with the page only."""

    @wraps(draw)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> None:
        # A part that repeats runs without the shell, so its errors never reach the shell's guard.
        with boundary():
            draw(*args, **kwargs)

    return st.fragment(guarded, run_every=every)
