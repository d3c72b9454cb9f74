"""Writes the webhooks that are due and delivers them over real HTTP."""

import json
import logging
import secrets
import ssl
from functools import cache
from itertools import takewhile
from threading import Event, Lock, Thread

import httpx

from services.ids import new_id
from services.metriport.signature import HEADER, sign
from services.sandbox.records.clinical import CONTENT_TYPES
from services.sandbox.upstream import Upstream
from services.sandbox.webhooks.bodies import (
    CONSOLIDATED,
    IDENTITY_VERIFIED,
    consolidated_body,
    identity_body,
    ping_body,
    source_body,
)
from services.sandbox.webhooks.messages import Message

ANSWER_WITHIN = 4.0
"""Seconds that a receiver has to answer, as documented."""

_PAUSE = 0.2
# The receiver is usually the server that starts this thread, and it does not listen yet.
_FIRST_PAUSE = 1.0
_logger = logging.getLogger(__name__)


class Deliveries:
    """The delivery thread; tests call `advance` for one step of its work instead."""

    def __init__(self, up: Upstream) -> None:
        self._up = up
        self._stepping = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self._client = _client()

    def start(self) -> None:
        """Start the thread, unless it was started before."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="sandbox-deliveries", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread; waits for the delivery that it is in."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._client.close()

    def advance(self) -> int:
        """Write the bodies that are due, deliver what waits; returns how many were accepted."""
        with self._stepping:
            for message in self._up.messages.due(self._up.clock()):
                self._write(message)
            waiting = self._up.messages.waiting()
            if waiting and self._up.conditions.take("reverse_webhooks"):
                waiting.reverse()
            # `stop` must not wait until a slow receiver has answered every message.
            going_on = takewhile(lambda _: not self._stopping.is_set(), waiting)
            return sum(self._deliver(message) for message in going_on)

    def ping(self) -> str | None:
        """Send a ping and check its pong; returns the error, or None."""
        word, now = secrets.token_hex(8), self._up.clock()
        response = self._post(ping_body(new_id(now), word, now))
        error = response if isinstance(response, str) else _pong_error(response, word)
        self._up.account.note_delivery(error)
        return error

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.wait(pause):
            pause = _PAUSE
            try:
                self.advance()
            except Exception:
                # An error of one step must not end the thread.
                _logger.exception("A step of the sandbox failed")

    def _write(self, message: Message) -> None:
        lost = self._up.patients.trouble(message.patient_id) == "webhooks_lost"
        if lost or self._up.conditions.take("no_webhooks"):
            self._up.messages.lose(message)
        else:
            self._up.messages.write(message, self._body(message))

    def _body(self, message: Message) -> bytes:
        patient, now = self._up.patients.get(message.patient_id) or {}, self._up.clock()
        external_id = patient.get("externalId")
        if message.type == IDENTITY_VERIFIED:
            return identity_body(message, external_id, now)
        if message.type == CONSOLIDATED:
            return consolidated_body(message, external_id, self._attachment(message), now)
        url = self._up.presigner.url(f"patient/{message.patient_id}", now)
        return source_body(message, external_id, url, now)

    def _attachment(self, message: Message) -> dict[str, str] | None:
        query = self._up.consolidated_queries.get(message.request_id)
        if query is None or not self._up.records.counts(query.patient_id, query.selection):
            return None
        url = self._up.presigner.url(f"consolidated/{query.request_id}", self._up.clock())
        return {"contentType": CONTENT_TYPES[query.conversion_type], "url": url}

    def _deliver(self, message: Message) -> bool:
        twice = self._up.conditions.take("double_webhooks") is not None
        failing = self._up.conditions.take("fail_webhooks") is not None
        # A faulty upstream sends the very same bytes again, message id included.
        for _ in range(2 if twice else 1):
            response = "No answer: a fault is on" if failing else self._post(message.body)
            error = response if isinstance(response, str) else _status_error(response)
        self._up.messages.settle(message, error)
        self._up.account.note_delivery(error)
        return error is None

    def _post(self, body: bytes) -> httpx.Response | str:
        """The receiver's answer, or the reason why there is none."""
        url = self._up.account.webhook_url
        if url is None:
            return "No webhook URL is set"
        signature = sign(self._up.account.webhook_key, body)
        headers = {"content-type": "application/json", HEADER: signature}
        try:
            return self._client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"No answer: {type(error).__name__}"


def _client() -> httpx.Client:
    # As documented, no redirect is followed. A proxy from the environment must not see webhooks
    # that are meant for this machine.
    return httpx.Client(
        timeout=ANSWER_WITHIN, follow_redirects=False, trust_env=False, verify=_trust()
    )


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificates; read once, because that takes longer than everything else."""
    return ssl.create_default_context()


def _status_error(response: httpx.Response) -> str | None:
    return None if response.status_code == 200 else f"Answered with status {response.status_code}"


def _pong_error(response: httpx.Response, word: str) -> str | None:
    try:
        pong = json.loads(response.content)
    except ValueError:
        pong = None
    if isinstance(pong, dict) and pong.get("pong") == word:
        return _status_error(response)
    return _status_error(response) or "The ping was not answered with its pong"
