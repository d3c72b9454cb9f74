"""Asks an address over HTTP, as anybody outside would: the setup check's requests of its own."""

from dataclasses import dataclass

import httpx

_SECONDS = 10


@dataclass(frozen=True)
class ProbeAnswer:
    """The text that came, or in `failure` the class of the error that came instead.

    `date` and `location` are headers of the answer, empty where it had none.
    """

    text: str = ""
    failure: str = ""
    status: int = 200
    date: str = ""
    location: str = ""


def read_text(url: str) -> ProbeAnswer:
    """What `url` answers, without white space around it; follows no redirect, and never raises."""
    try:
        answer = httpx.get(url, timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return ProbeAnswer(failure=type(error).__name__)
    headers = answer.headers
    return ProbeAnswer(
        text=answer.text.strip(),
        status=answer.status_code,
        date=headers.get("date", ""),
        location=headers.get("location", ""),
    )
