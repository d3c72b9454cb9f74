"""Presigned URLs: whoever has one may read one file for three minutes."""

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

# As documented for consolidated data.
VALID_FOR = timedelta(minutes=3)


class Presigner:
    """Makes and checks URLs under `<public_url>/files/`."""

    def __init__(self, public_url: str, key: str) -> None:
        self._base = f"{public_url.rstrip('/')}/files"
        self._key = key.encode()

    def url(self, name: str, now: datetime) -> str:
        """A URL for the file `name`, valid from `now` (aware) on."""
        expires = str(int((now + VALID_FOR).timestamp()))
        query = urlencode({"expires": expires, "signature": self._signature(name, expires)})
        return f"{self._base}/{name}?{query}"

    def is_valid(self, name: str, expires: str, signature: str, now: datetime) -> bool:
        """Whether the signature is right for `name` and `expires`, and `now` (aware) is earlier."""
        expected = self._signature(name, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            return False
        # Only after the signature: what was signed here is a number.
        return now.timestamp() < int(expires)

    def _signature(self, name: str, expires: str) -> str:
        return hmac.new(self._key, f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()
