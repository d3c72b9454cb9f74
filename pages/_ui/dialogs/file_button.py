"""A button that makes a file when it is pressed, and hands it out."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from services.errors import AccessDeskError


def file_button(
    label: str, make: Callable[[], bytes], *, name: str, mime: str, key: str, **looks: Any
) -> None:
    """Draw the button. `make` runs as it is pressed, without the page and maybe after its end.

    `name` is that of the file. `looks` are further arguments of Streamlit's own button.
    """
    looks = {"icon": ":material/download:"} | looks
    st.download_button(
        label,
        lambda: made_safely(make),
        file_name=name,
        mime=mime,
        key=key,
        # A click that draws the page anew loses the file now and then.
        on_click="ignore",
        **looks,
    )


def made_safely(make: Callable[[], bytes]) -> bytes:
    """What `make` answers. What it raises loses every word that may be about a person.

    Raises `RuntimeError`, which ends up in the operator's log.
    """
    try:
        return make()
    except AccessDeskError as error:
        # Its text is ours; what stands behind it may repeat a name.
        raise RuntimeError(str(error)) from None
    except Exception as error:
        raise RuntimeError(type(error).__name__) from None
