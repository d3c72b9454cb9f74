"""Errors as people see them: what happened, what was kept, what to do next."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages._ui.frame.viewer import leave_ended_page
from pages._ui.words.outside import markdown_text
from services.errors import AccessDeskError, SignInEnded, UpstreamError

_log = logging.getLogger("access_desk")


def show_error(error: AccessDeskError) -> None:
    """Show one error, with upstream's own words and request id where there are any.

    Where the sign-in has ended, the whole page says so instead: nothing of what stood on it stays.
    """
    if isinstance(error, SignInEnded):
        leave_ended_page()
    lines = [f"**{markdown_text(str(error))}**"]
    if isinstance(error, UpstreamError) and error.detail:
        lines.append(f"Metriport says: {markdown_text(error.detail[:500])}")
    lines += [markdown_text(part) for part in (error.kept, error.next_step) if part]
    if isinstance(error, UpstreamError) and error.request_id:
        lines.append(f"Metriport’s request id: {markdown_text(error.request_id[:100])}")
    st.error("  \n".join(lines), icon=":material/error:")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error in its place on the page, and go on below it."""
    try:
        yield
    except AccessDeskError as error:
        show_error(error)


@contextmanager
def boundary() -> Iterator[None]:
    """Show whatever is raised inside, so that nobody sees a traceback.

    A bug is shown as a reference number. The operator's log has its class and place under that
    number, and no value: values here are people's.
    """
    try:
        yield
    except AccessDeskError as error:
        show_error(error)
    except Exception as error:
        reference = secrets.token_hex(4)
        _log.error("reference %s: %s at %s", reference, type(error).__name__, _find_place(error))
        st.error(
            f"**Something went wrong on this page.** Reference `{reference}`.  \n"
            "What was started before is not lost; it stands in the log.  \n"
            "Reload the page. If it happens again, tell an administrator the reference.",
            icon=":material/error:",
        )


def _find_place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
