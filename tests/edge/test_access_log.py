"""What the server's own access log says of the addresses that people open."""

import logging

import httpx
import pytest

from services.edge.access_log import WithoutSecrets, WithoutSockets, hide_secrets


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/ias/return/aal2?aal2SessionId=aal2_x&status=verified", "/ias/return/aal2"),
        ("/ias/go/tokentoken", "/ias/go/…"),
        ("/ias/go/tokentoken?x=/ias/", "/ias/go/…"),
        ("/ias/consent/tokentoken", "/ias/consent/…"),
        ("/sandbox/hosted/aal2/token", "/sandbox/hosted/aal2/…"),
        ("/sandbox/hosted/s/token", "/sandbox/hosted/s/…"),
        ("/sandbox/medical/v1/patient?filters=Jane", "/sandbox/medical/v1/patient"),
        ("/patient?patient=1", "/patient"),
        ("/", "/"),
    ],
)
def test_paths_are_logged_without_secrets(path: str, told: str) -> None:
    args = ("127.0.0.1:1", "GET", path, "1.1", 200)
    text = '%s - "%s %s HTTP/%s" %d'
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, text, args, None)
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == f'127.0.0.1:1 - "GET {told} HTTP/1.1" 200'


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [('%s - "WebSocket %s" 403', False), ('%s - "WebSocket %s" [accepted]', False),
     ("Application startup complete.", True)],
)  # fmt: skip
def test_websockets_are_not_logged(text: str, is_kept: bool) -> None:
    record = logging.LogRecord("uvicorn.error", logging.INFO, "", 0, text, None, None)
    assert WithoutSockets().filter(record) is is_kept


def test_presigned_addresses_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    hide_secrets()
    caplog.set_level(logging.DEBUG)
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    http.get("https://files.test/one.json?X-Amz-Signature=secret")
    assert "secret" not in caplog.text
