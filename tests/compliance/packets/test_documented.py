"""What docs/compliance.md tells about packets and reports is so: its commands are run."""

import io
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlmodel import select

from services.__main__ import main
from services.clock import utc_now
from services.compliance.packets.packet_texts import VERIFY
from services.errors import AccessDeskError
from services.private_files import SIGNING_KEY, read_or_make_secret
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.store.migrate import migrate
from services.store.tables import AuditEvent, NetworkQuery
from tests.clock import FakeClock
from tests.compliance.packets.story import Story, attachments
from tests.test_commands import ROOT, environment, run

TEXT = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
SECTION = TEXT[TEXT.index("\n## Packets and reports") :]
COMMANDS = re.findall(r"^((?:python -m services|openssl) .*?)(?: +#.*)?$", SECTION, re.M)
[CHECK] = re.findall(r"```python\n(# Checks the entries.*?)```", SECTION, re.DOTALL)


@pytest.fixture
def query(tmp_path: Path) -> NetworkQuery:
    """A query in the log of a sandbox's folder."""
    (tmp_path / "data").mkdir(mode=0o700)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'access-desk.db'}")
    migrate(store.engine)
    story = Story(store, FakeClock(utc_now()))
    story.signing = SigningKeys(
        [read_or_make_secret(tmp_path / "data" / "signing.key", SIGNING_KEY)]
    )
    query = story.play()
    store.close()
    return query


def command(beginning: str) -> str:
    return next(one for one in COMMANDS if one.startswith(beginning))


def events(folder: Path, action: str) -> list[AuditEvent]:
    store = Store(f"sqlite:///{folder / 'data' / 'access-desk.db'}")
    with store.read() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == action)).all()
    store.close()
    return list(rows)


def test_the_packet_is_made_taken_apart_and_verified(query: NetworkQuery, tmp_path: Path) -> None:
    asked = command("python -m services evidence").replace("<id of the query>", query.id)
    made = run(asked.replace("packet.zip", str(tmp_path / "packet.zip")), tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "packet.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(tmp_path / "packet.zip") as archive:
        archive.extractall(tmp_path)
    assert command("openssl") == VERIFY
    key = run("python -m services signing-keys --pem", tmp_path).stdout
    assert command("python -m services signing-keys") == (
        "python -m services signing-keys --pem > desk.pem"
    )
    assert (tmp_path / "desk.pem").read_text() == key
    verified = subprocess.run(shlex.split(VERIFY), cwd=tmp_path, capture_output=True, text=True)
    assert (verified.returncode, verified.stdout) == (0, "Signature Verified Successfully\n")
    checked = subprocess.run(
        [sys.executable, "-I", "-c", CHECK, "packet.json"], cwd=tmp_path, capture_output=True,
        text=True,
    )  # fmt: skip
    assert checked.stdout == "All entries fit.\n", checked.stderr
    assert set(attachments((tmp_path / "packet.pdf").read_bytes())) == {
        "packet.json", "packet.json.sig", "desk.pem",
    }  # fmt: skip
    (event,) = events(tmp_path, "evidence.export")
    assert event.actor_id.startswith("command line#") and event.object_id == query.id
    assert event.role == "" and event.details == {"way": "command line", "format": "zip"}


def test_the_reports_are_made(query: NetworkQuery, tmp_path: Path) -> None:
    today = utc_now().date()
    for name in ("report.pdf", "report.xlsx"):
        asked = next(one for one in COMMANDS if one.endswith(f"--out {name}"))
        asked = re.sub(r"20\d\d-\d\d-\d\d", str(today), asked)
        made = run(asked.replace(name, str(tmp_path / name)), tmp_path)
        assert made.returncode == 0, made.stderr
    pdf = PdfReader(io.BytesIO((tmp_path / "report.pdf").read_bytes()))
    assert str(today) in pdf.pages[0].extract_text()
    assert zipfile.is_zipfile(tmp_path / "report.xlsx")
    first, second = events(tmp_path, "report.export")
    assert first.details == {
        "since": str(today), "until": str(today), "way": "command line", "format": "pdf",
    }  # fmt: skip
    assert second.details is not None and second.details["format"] == "xlsx"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("evidence --query {id} --out {folder}/data", "is a directory"),
        ("evidence --query {id} --out {folder}/there.zip", "exists already"),
        ("evidence --query {id} --out {folder}/no/x.zip", "there is no such folder"),
        ("evidence --query {id} --out {folder}/x.txt", "must end in .zip or .pdf"),
        ("evidence --query nobody --out {folder}/x.zip", "The log holds no query with this id"),
        ("evidence", "Missing option"),
        ("report --from 2026-02-02 --to 2026-02-01 --out {folder}/x.pdf", "ends before it begins"),
        ("report --from 2026-02-02 --to 9999-02-01 --out {folder}/x.pdf", "ends after today"),
        ("report --from 2026-02-30 --to 2026-03-01 --out {folder}/x.pdf", "does not match"),
        ("report --from 2026-02-01 --to 2026-03-01 --out {folder}/x.doc", "must end in"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    query: NetworkQuery, tmp_path: Path, asked: str, said: str
) -> None:
    (tmp_path / "there.zip").write_bytes(b"kept")
    line = asked.format(id=query.id, folder=tmp_path)
    ended = CliRunner().invoke(main, line.split(), env=environment(tmp_path))
    assert ended.exit_code in (1, 2)
    # What the command line itself says, and what is ours and printed as one sentence.
    assert said in ended.output + str(ended.exception)
    assert isinstance(ended.exception, AccessDeskError | SystemExit)
    assert (tmp_path / "there.zip").read_bytes() == b"kept"
    assert not events(tmp_path, "evidence.export") and not events(tmp_path, "report.export")
