"""Senders that are slow, break off, or send too much."""

import logging
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlmodel import col, select

from services.addresses import WEBHOOK_PATH
from services.desk import Desk
from services.store.tables import WebhookEvent
from tests.edge.stage import impatient_edge

SECONDS = 0.3


@pytest.fixture(scope="module")
def address(running_desk: Desk) -> Iterator[tuple[str, int]]:
    """Where a body has to come within a third of a second."""
    with impatient_edge(SECONDS) as url:
        parts = urlsplit(url)
        yield parts.hostname or "", parts.port or 0


@pytest.fixture
def server_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What uvicorn reports, whose own settings keep it from everybody else."""
    reports = logging.getLogger("uvicorn.error")
    with caplog.at_level(logging.WARNING, logger=reports.name):
        reports.addHandler(caplog.handler)
        yield caplog
        reports.removeHandler(caplog.handler)


def connect(address: tuple[str, int], *headers: str) -> socket.socket:
    """A connection on which the head of a webhook was sent."""
    connection = socket.create_connection(address, timeout=10)
    head = "\r\n".join([f"POST {WEBHOOK_PATH} HTTP/1.1", "Host: us.test", *headers, "", ""])
    connection.sendall(head.encode())
    return connection


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side ends the connection."""
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


def counted(desk: Desk, why: str) -> int:
    """How many requests were refused for that reason, as far as it is written."""
    desk.webhooks.rejections.write_counts(at_end=True)
    with desk.store.read() as session:
        wanted = select(WebhookEvent.deliveries).where(col(WebhookEvent.error) == why)
        return sum(session.exec(wanted).all())


def test_half_a_body_is_given_up_and_the_connection_ends(
    running_desk: Desk, address: tuple[str, int]
) -> None:
    before = counted(running_desk, "not whole in time")
    with connect(address, "Content-Length: 100") as connection:
        connection.sendall(b'{"half": ')
        began = time.monotonic()
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert SECONDS * 0.9 < time.monotonic() - began < 5
    assert counted(running_desk, "not whole in time") == before + 1


def test_a_byte_now_and_then_is_no_way_around_the_limit(address: tuple[str, int]) -> None:
    with connect(address, "Transfer-Encoding: chunked") as connection:
        connection.settimeout(SECONDS / 10)
        answer, began = b"", time.monotonic()
        while not answer and time.monotonic() - began < 5:
            connection.sendall(b"1\r\nx\r\n")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_length_over_the_limit_is_refused_before_anything_is_sent(
    address: tuple[str, int],
) -> None:
    began = time.monotonic()
    with connect(address, f"Content-Length: {6 * 1024 * 1024}") as connection:
        first = connection.recv(65536)
        answered = time.monotonic() - began
        everything(connection)
    assert first.startswith(b"HTTP/1.1 413 ")
    assert answered < SECONDS


def test_too_much_without_a_length_is_refused(address: tuple[str, int]) -> None:
    with connect(address, "Transfer-Encoding: chunked") as connection:
        part = b"x" * (1024 * 1024)
        for _ in range(6):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_whoever_breaks_off_leaves_no_traceback(
    running_desk: Desk, address: tuple[str, int], server_log: pytest.LogCaptureFixture
) -> None:
    before = counted(running_desk, "no signature")
    for _ in range(3):
        connection = connect(address, "Content-Length: 100")
        connection.sendall(b"half")
        connection.close()
    # The server goes on, and has come to those who are gone by then.
    with connect(address, "Content-Length: 2", "Connection: close") as connection:
        connection.sendall(b"{}")
        assert everything(connection).startswith(b"HTTP/1.1 401 ")
    assert server_log.records == []
    assert counted(running_desk, "no signature") == before + 1
