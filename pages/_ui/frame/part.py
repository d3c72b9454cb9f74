"""Parts of a page that are drawn alone when something is pressed in them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages._ui.frame.errors import boundary
from pages._ui.frame.viewer import while_signed_in

Given = ParamSpec("Given")


def part(draw: Callable[Given, None]) -> Callable[Given, None]:
    """`draw` as a part of the page: a press in it draws it again, with what it was given before.

    The rest of the page stays as it is, which spares the browser and the program its drawing.
    """

    @wraps(draw)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> None:
        # A part that is drawn alone runs without the shell, so its errors never reach its guard.
        with boundary():
            draw(*args, **kwargs)

    return st.fragment(while_signed_in(guarded))
