"""Reads files at presigned addresses, which are credentials: whoever has one may read the file.

The API key is not sent, no redirect is followed, and the address stands in no log and no error.
"""

import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, suppress
from itertools import chain

import httpx

from services.clock import Clock
from services.errors import AddressEnded, FileUnusable, NoAnswer, Unreachable, UpstreamError
from services.metriport.files.addresses import Origin, Resolve, checked, resolve_host
from services.metriport.timing import CONNECT_SECONDS
from services.metriport.transport import CallRecord, Request

MOST_BYTES = 200 * 1024 * 1024
"""The largest file that is read, unpacked. It is in memory as long as it is looked at."""

SECONDS = 60.0
"""To the last byte of a file."""

_ENDED = (401, 403, 404, 410)
"""What stores answer for an address whose time is over, or whose file is gone."""

_PART_SECONDS = 15.0
_BLOCK = 64 * 1024
_GZIP = b"\x1f\x8b"
_PATH = "/presigned/consolidated-data"


class Downloads:
    """Reads files over a connection pool of its own, and hands each outcome to `record`.

    `own` is the origin of the upstream's API, which may be in a private network. `timer` answers
    seconds that only ever grow.
    """

    def __init__(
        self,
        http: httpx.Client,
        own: Origin,
        record: Callable[[CallRecord], None],
        clock: Clock,
        resolve: Resolve = resolve_host,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._own = own
        self._record = record
        self._clock = clock
        self._resolve = resolve
        self._timer = timer

    def read(self, url: str, *, patient_id: str, most: int = MOST_BYTES) -> bytes:
        """The file at `url`, unpacked if it is packed with gzip.

        Raises `AddressEnded`, `FileUnusable` for what is too large, moved, packed badly or at an
        address that may not be asked, `Unreachable` and `NoAnswer`.
        """
        started, at = self._timer(), self._clock()
        status: int | None = None
        error: UpstreamError | None = None
        try:
            with self._open(url) as response:
                status = response.status_code
                _check_status(status)
                # As it came: httpx would unpack a part to whatever size it has, and more than once.
                # And when it came: to wait for a whole block would take no notice of the time.
                parts = self._in_time(response.iter_raw(), started + SECONDS)
                return _collect(parts, most)
        except (httpx.HTTPError, httpx.InvalidURL) as caught:
            error = _translate(caught)
            raise error from None
        except UpstreamError as caught:
            error = caught
            raise
        finally:
            request = Request("GET", _PATH, patient_id=patient_id)
            duration_ms = round((self._timer() - started) * 1000)
            self._record(CallRecord(request, at, duration_ms, status, None, error))

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _open(self, url: str) -> AbstractContextManager[httpx.Response]:
        allowed = checked(url, self._own, self._resolve)
        *others, last = allowed.addresses
        for address in others:
            # Nothing was sent yet, so the next machine can be asked.
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return self._ask(address, allowed.host)
        return self._ask(last, allowed.host)

    def _ask(self, address: str, host: str | None) -> AbstractContextManager[httpx.Response]:
        # The name is for the certificate and the store; the machine is the one that was checked.
        headers, named = ({"Host": host}, {"sni_hostname": host}) if host else ({}, {})
        headers |= {"Accept-Encoding": "identity"}
        request = self._http.build_request("GET", address, headers=headers, extensions=named)
        return closing(self._http.send(request, stream=True))

    def _in_time(self, parts: Iterable[bytes], deadline: float) -> Iterator[bytes]:
        for part in parts:
            if self._timer() > deadline:
                raise NoAnswer("The records did not come in time.")
            yield part


def download_client() -> httpx.Client:
    """The connection pool for files: without the API key, a proxy, or redirects."""
    timeout = httpx.Timeout(_PART_SECONDS, connect=CONNECT_SECONDS)
    # A proxy would look the host up by itself, so that what was checked is not what is asked.
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)


def _check_status(status: int) -> None:
    if status in _ENDED:
        raise AddressEnded("The address of the records can be used no more.", status=status)
    if 300 <= status < 400:
        raise FileUnusable("The records are said to be elsewhere; not followed.", status=status)
    if status != 200:
        raise FileUnusable(f"The store of the records failed with status {status}.", status=status)


def _collect(parts: Iterable[bytes], most: int) -> bytes:
    content = bytearray()
    for part in _unpacked(parts):
        content += part
        if len(content) > most:
            megabytes = most // (1024 * 1024)
            raise FileUnusable(
                f"The records are larger than {megabytes} MB, which is more than is read here.",
            )
    return bytes(content)


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The file's bytes, in pieces that are small whatever a part unpacks to."""
    left = iter(parts)
    head = b""
    while len(head) < len(_GZIP) and (part := next(left, None)) is not None:
        head += part
    if not head.startswith(_GZIP):
        yield head
        yield from left
        return
    unpack = zlib.decompressobj(wbits=31)
    for part in chain([head], left):
        yield from _unpack(unpack, part)
        if unpack.eof:
            # What stands behind the end is nothing of the file.
            return
    yield unpack.flush()
    if not unpack.eof:
        raise FileUnusable("The records did not come whole.")


def _unpack(unpack: "zlib._Decompress", part: bytes) -> Iterator[bytes]:
    try:
        while part and not unpack.eof:
            yield unpack.decompress(part, _BLOCK)
            part = unpack.unconsumed_tail
    except zlib.error:
        raise FileUnusable("The records are packed in a way that cannot be read.") from None


def _translate(error: Exception) -> UpstreamError:
    """An error of httpx as one of ours, which names its class only: its text has the address."""
    name = type(error).__name__
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Unreachable(f"The store of the records could not be reached ({name}).")
    if isinstance(error, httpx.DecodingError | httpx.InvalidURL):
        return FileUnusable("The records are packed in a way that cannot be read.")
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer("The records did not come in time.")
    return NoAnswer(f"The records did not come whole ({name}).")
