"""The addresses of upstream's hosted pages, as far as they can be trusted to be addresses."""

import re

# Only what a browser and an HTTP header take as it stands: the origin goes into the policy of our
# page, where a space, a semicolon or a line break would start another directive.
_URL = re.compile(r"(https?://[A-Za-z0-9._~\-]+(?::\d{1,5})?)(?:[/?#][\x21-\x7e]*)?")


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`; empty where no browser could be sent to it."""
    found = _URL.fullmatch(url)
    return found[1] if found else ""
