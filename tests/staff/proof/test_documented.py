"""What docs/compliance.md tells auditors is so: they recompute the chain without the program."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import select

from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.audit_chain import HASHED
from services.store.tables import AuditAnchor, AuditSegment
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited

TEXT = (Path(__file__).parents[3] / "docs" / "compliance.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"```python\n(import hashlib\n.*?)```", TEXT, re.DOTALL)

ODD = Actor("https://idp#é", "Zoë \u200b Ångström", Role.SUPPORT, "s-1", address="::1")


@pytest.fixture
def audited(sqlite_store: Store, clock: FakeClock) -> Audited:
    """A log with a sealed segment and an anchor."""
    audited = Audited(sqlite_store, clock)
    audited.write_months(1, 3)
    audited.write(1)
    audited.audit.note(ODD, "query.view", details={"é": "😀", "a": [1.5, None]})
    audited.segments.seal()
    audited.anchors.anchor()
    return audited


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "log.db").rename(folder / "access-desk.db")
    command = [sys.executable, "-I", "-c", PROGRAM]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_documented_program_computes_the_head(audited: Audited, tmp_path: Path) -> None:
    head = audited.anchors.read().hash
    audited.store.close()
    ended = _run(tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, head), ended.stderr


def test_the_documented_program_finds_a_change(audited: Audited, tmp_path: Path) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 2")
    audited.store.close()
    ended = _run(tmp_path)
    assert (ended.returncode, ended.stderr.strip()) == (1, "Event 2 does not fit.")


def test_every_hashed_column_is_named_in_its_order() -> None:
    named = re.search(r"3\. the columns (.*?),\n\nwithout spaces", TEXT, re.DOTALL)
    assert named is not None
    assert tuple(re.findall(r"`(\w+)`", named[1])) == HASHED


def test_signatures_cover_what_is_documented(audited: Audited) -> None:
    raw = base64.urlsafe_b64decode(audited.keys.published()[0].public_key + "=")
    key_id = hashlib.sha256(raw).hexdigest()[:16]
    with audited.store.read() as session:
        anchor = session.exec(select(AuditAnchor)).one()
        segment = session.exec(select(AuditSegment)).one()
    for named, row in (("head", anchor), ("segment", segment)):
        text = re.search(rf'\["access-log {named}", 1,(.*?)key id\]', TEXT, re.DOTALL)
        assert text is not None
        values = [_plain(getattr(row, name)) for name in re.findall(r"\w+", text[1])]
        parts = [f"access-log {named}", 1, *values, key_id]
        signed = json.dumps(parts, separators=(",", ":"), sort_keys=True).encode()
        try:
            signature = base64.urlsafe_b64decode(row.signature + "==")
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
        except InvalidSignature:
            pytest.fail(f"the signature of the {named} covers something else")


def _plain(value: object) -> object:
    return value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value
