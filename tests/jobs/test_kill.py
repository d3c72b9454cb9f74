"""A process that dies between a webhook's 200 and its interpretation."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from sqlmodel import select

from services.addresses import WEBHOOK_PATH
from services.bootstrap import build
from services.desk import running
from services.metriport.signature import HEADER, sign
from services.settings import Settings
from services.store.tables import NetworkQuery, QuerySource, WebhookEvent

ROOT = Path(__file__).parents[2]

# Receives webhooks as the program does, but never comes to interpreting one.
RECEIVER = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
import services.bootstrap as bootstrap
import services.desk as desk
from services.edge import routes
from services.settings import Settings

folder, port = Path(sys.argv[1]), int(sys.argv[2])
built = bootstrap.build(Settings(_env_file=None, data_dir=folder), port)
desk._running = built
print(built.sandbox.webhook_key, flush=True)
uvicorn.run(Starlette(routes=routes), port=port, log_level="critical")
"""


def _message(request_id: str) -> bytes:
    source = {"type": "hie", "status": "completed", "completedAt": "2026-11-01T10:00:00.000Z"}
    payload = {"patientId": "p", "consolidatedDataUrl": "", "source": source}
    meta = {
        "messageId": "m1",
        "requestId": request_id,
        "when": "2026-11-01T10:00:00.000Z",
        "type": "network-query.hie",
    }
    return json.dumps({"meta": meta, "payload": payload}).encode()


def _deliver(url: str, body: bytes, key: str) -> int:
    for _ in range(100):
        try:
            return httpx.post(url, content=body, headers={HEADER: sign(key, body)}).status_code
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the receiver did not start")


def test_a_killed_process_loses_no_webhook(tmp_path: Path, unused_port: int) -> None:
    command = [sys.executable, "-c", RECEIVER, str(tmp_path), str(unused_port)]
    receiver = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert receiver.stdout is not None
    key = receiver.stdout.readline().strip()
    url = f"http://localhost:{unused_port}{WEBHOOK_PATH}"
    assert _deliver(url, _message("r1"), key) == 200
    os.kill(receiver.pid, signal.SIGKILL)
    receiver.wait(timeout=10)
    receiver.stdout.close()

    settings = Settings(_env_file=None, data_dir=tmp_path)
    with running(build(settings, unused_port)) as desk:
        for _ in range(100):
            with desk.store.read() as session:
                wanted = select(WebhookEvent).where(WebhookEvent.message_id == "m1")
                event = session.exec(wanted).one()
            if event.status != "received":
                break
            time.sleep(0.05)
        with desk.store.read() as session:
            query = session.exec(select(NetworkQuery).where(NetworkQuery.request_id == "r1")).one()
            rows = session.exec(select(QuerySource).where(QuerySource.query_id == query.id)).all()
    assert (event.status, event.attempts, event.deliveries) == ("processed", 1, 1)
    assert [(row.type, row.status) for row in rows] == [("hie", "completed")]
