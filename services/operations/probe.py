"""Asks an address over HTTP, as anybody outside would: the setup check's one request of its own."""

from dataclasses import dataclass

import httpx

_SECONDS = 10


@dataclass(frozen=True)
class ProbeAnswer:
    """The text that came, or in `failure` the class of the error that came instead."""

    text: str = ""
    failure: str = ""


def read_text(url: str) -> ProbeAnswer:
    """What `url` answers, without white space around it; never raises."""
    try:
        return ProbeAnswer(text=httpx.get(url, timeout=_SECONDS).text.strip())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return ProbeAnswer(failure=type(error).__name__)
