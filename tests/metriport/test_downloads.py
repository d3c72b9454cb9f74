"""Presigned addresses: read without the key, at public machines only, whole, and not endless."""

import gzip
from collections.abc import Callable, Iterator, Sequence

import httpx
import pytest

from services.errors import AddressEnded, FileUnusable, NoAnswer, Unreachable, UpstreamError
from services.metriport.files.downloads import Downloads, download_client
from services.metriport.transport import CallRecord
from tests.clock import FakeClock

SIGNED = "https://files.test/bucket/one.json?X-Amz-Signature=secret"
PUBLIC = "93.184.216.34"
OWN = ("http", "localhost", 8501)


class Store:
    """A store of files that answers as a test says, and what came of it."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self.calls: list[CallRecord] = []
        self.machines: Sequence[str] = [PUBLIC]
        self.clock = FakeClock()
        self._answer = answer
        http = httpx.Client(transport=httpx.MockTransport(self._take))
        self._downloads = Downloads(
            http, OWN, self.calls.append, self.clock, self._resolve, self._seconds
        )

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    def _resolve(self, host: str) -> Sequence[str]:
        if not self.machines:
            raise OSError("no such host")
        return self.machines

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def read(self, url: str = SIGNED, most: int = 1000) -> bytes:
        return self._downloads.read(url, patient_id="p", most=most)


def serving(content: bytes = b"{}", **answer: object) -> Store:
    # A stream, as a store sends it: the library would read `content` at once.
    return Store(lambda _: httpx.Response(200, stream=httpx.ByteStream(content), **answer))  # type: ignore[arg-type]


def test_a_file_is_read_from_the_machine_that_was_checked_under_its_own_name() -> None:
    store = serving(b'{"a":1}')
    assert store.read() == b'{"a":1}'
    (request,) = store.requests
    assert (request.url.host, request.headers["host"]) == (PUBLIC, "files.test")
    assert request.extensions["sni_hostname"] == "files.test"
    assert str(request.url.query, "ascii") == "X-Amz-Signature=secret"
    assert "x-api-key" not in request.headers


def test_the_call_is_recorded_without_its_address() -> None:
    store = serving()
    store.read()
    (call,) = store.calls
    assert (call.request.path, call.status) == ("/presigned/consolidated-data", 200)
    assert call.request.patient_id == "p" and "secret" not in repr(call)


@pytest.mark.parametrize("machine", ["2001:4860:4860::8888", "64:ff9b::5db8:d822"])
def test_a_machine_may_have_an_address_of_the_newer_kind(machine: str) -> None:
    store = serving()
    store.machines = [machine]
    assert store.read() == b"{}"
    assert store.requests[0].url.host == machine


def test_the_next_machine_is_asked_where_one_cannot_be_reached() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "93.184.216.1":
            raise httpx.ConnectError("x")
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    store = Store(answer)
    store.machines = ["93.184.216.1", PUBLIC]
    assert store.read() == b"{}"


@pytest.mark.parametrize(
    "machine",
    [
        "127.0.0.1", "10.0.0.7", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "::1", "fd00::1", "fe80::1", "fe80::1%eth0", "::",
        "::ffff:10.0.0.7", "64:ff9b::a00:7", "2002:a00:7::1",
    ],
)  # fmt: skip
def test_no_machine_of_a_private_network_is_asked(machine: str) -> None:
    store = serving()
    # Also where only one of its machines is.
    store.machines = [PUBLIC, machine]
    with pytest.raises(FileUnusable, match="private network"):
        store.read()
    assert store.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://files.test/x", "https://files.test:8443/x", "https://user@files.test/x",
        "ftp://files.test/x", "file:///etc/passwd", "//files.test/x", "", "https://", "x",
        "https://files.test:port/x", "https://[::1", "https://files.test/\r\nx", "http://localhost/x",
        "http://localhost:8502/sandbox/x", "https://localhost:8501/x", "https://files.test/ü",
    ],
)  # fmt: skip
def test_other_addresses_are_not_asked(url: str) -> None:
    store = serving()
    with pytest.raises(FileUnusable, match="address"):
        store.read(url)
    assert store.requests == []


def test_the_upstream_itself_may_be_in_a_private_network() -> None:
    store = serving()
    store.machines = ["127.0.0.1"]
    assert store.read("http://localhost:8501/sandbox/files/x?signature=s") == b"{}"
    assert store.requests[0].url.host == "localhost"


def test_a_host_that_nobody_knows_is_not_reached() -> None:
    store = serving()
    store.machines = []
    with pytest.raises(Unreachable):
        store.read()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_address_that_died_says_so(status: int) -> None:
    store = Store(lambda _: httpx.Response(status, text="<Error>Request has expired</Error>"))
    with pytest.raises(AddressEnded) as caught:
        store.read()
    assert caught.value.status == status and "anew" in caught.value.next_step
    assert store.calls[0].error is caught.value


@pytest.mark.parametrize("status", [204, 301, 302, 307, 308, 400, 429, 500, 503])
def test_other_answers_are_no_file_and_redirects_are_not_followed(status: int) -> None:
    headers = {"location": "https://elsewhere.test/"}
    store = Store(lambda _: httpx.Response(status, headers=headers))
    with pytest.raises(FileUnusable):
        store.read()
    assert len(store.requests) == 1


def test_a_file_may_be_packed() -> None:
    assert serving(gzip.compress(b'{"a":1}')).read() == b'{"a":1}'
    # By a store that says so.
    packed = serving(gzip.compress(b'{"a":1}'), headers={"content-encoding": "gzip"})
    assert packed.read() == b'{"a":1}'


def test_a_packed_file_that_is_cut_off_or_damaged_is_no_file() -> None:
    packed = gzip.compress(bytes(range(256)) * 300)
    with pytest.raises(FileUnusable, match="whole"):
        serving(packed[:-9]).read(most=100_000)
    damaged = packed[:20] + b"\xff" * 20 + packed[40:]
    with pytest.raises(FileUnusable, match="packed"):
        serving(damaged).read(most=100_000)


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_a_file_that_is_too_large_is_refused_while_it_comes(size: int) -> None:
    sent: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(size):
            sent.append(number)
            yield b"x"
        # Never asked for where the file is too large already.
        yield from (b"" for _ in range(10))

    store = Store(lambda _: httpx.Response(200, content=parts()))
    if size <= 1000:
        assert len(store.read()) == size
    else:
        with pytest.raises(FileUnusable, match="larger than"):
            store.read()


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_early() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(FileUnusable, match="larger than 1 MB"):
        serving(bomb).read(most=1024 * 1024)


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_file_is_unpacked_once_and_never_by_the_library(encoding: str) -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    store = serving(bomb, headers={"content-encoding": encoding})
    assert len(store.read(most=200_000)) < 100_000
    assert store.requests[0].headers["accept-encoding"] == "identity"


def test_what_stands_behind_a_packed_file_is_not_read() -> None:
    sent: list[int] = []

    def parts() -> Iterator[bytes]:
        packed = gzip.compress(b"{}")
        yield packed[:1]
        yield packed[1:]
        for number in range(100):
            sent.append(number)
            yield b"x" * 1000

    store = Store(lambda _: httpx.Response(200, content=parts()))
    assert store.read() == b"{}" and len(sent) <= 1


def test_a_file_that_comes_byte_by_byte_is_given_up_in_time() -> None:
    store: Store
    sent: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(100):
            sent.append(number)
            store.clock.forward(seconds=10)
            yield b"x"

    store = Store(lambda _: httpx.Response(200, content=parts()))
    with pytest.raises(NoAnswer):
        store.read()
    assert len(sent) < 10


def test_a_file_that_comes_too_slowly_is_given_up() -> None:
    store: Store

    def parts() -> Iterator[bytes]:
        for _ in range(10):
            store.clock.forward(seconds=20)
            yield b"x" * 65536

    store = Store(lambda _: httpx.Response(200, content=parts()))
    with pytest.raises(NoAnswer, match="in time"):
        store.read(most=10_000_000)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), Unreachable),
        (httpx.ConnectTimeout("x"), Unreachable),
        (httpx.ReadTimeout("x"), NoAnswer),
        (httpx.RemoteProtocolError("x"), NoAnswer),
        (httpx.DecodingError("x"), FileUnusable),
    ],
)
def test_what_goes_wrong_on_the_way_is_told_without_the_address(
    error: Exception, kind: type[UpstreamError]
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    store = Store(answer)
    with pytest.raises(kind) as caught:
        store.read()
    assert "secret" not in repr(caught.value) + str(caught.value.__cause__)
    assert store.calls[0].error is caught.value


def test_the_client_for_files_has_no_key_follows_nothing_and_asks_no_proxy() -> None:
    client = download_client()
    assert not client.follow_redirects and not client.trust_env
    assert "x-api-key" not in client.headers
