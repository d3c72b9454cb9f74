"""How fast webhooks are kept, beside a receiver that checks the signature and stores nothing.

    python -m tests.benchmarks.receiver

All are processes under uvicorn on this machine, each with a log of its own, and so is the load: the
bare receiver, the process for the internet (`services.edge:app`), and the dashboard's process
(`app:app`), which also interprets what it receives. They take turns, so that a busy machine slows
all of them, and who waits for its turn is stopped; medians are compared. At the end twenty sessions
rerun pages of the dashboard as fast as it draws them, beside the process for the internet over the
same log; with and without them by turns.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from json import dumps, loads
from pathlib import Path
from statistics import median, quantiles

from services.addresses import WEBHOOK_PATH
from tests.account import WEBHOOK_KEY, Account, Served, make_account, served
from tests.benchmarks.receiver_load import Load, Result
from tests.browser.conftest import ROOT

_ROUNDS, _SECONDS, _WARM_UP = 5, 6.0, 2.0
_SENDERS, _MANY, _SESSIONS = 16, 100, 20

BARE, PUBLIC, DASHBOARD = "tests.benchmarks.receiver_bare:app", "services.edge:app", "app:app"
_NAMES = {
    BARE: "bare: signature only",
    PUBLIC: "services.edge:app",
    DASHBOARD: "app:app, which interprets too",
}


@dataclass(frozen=True)
class _Row:
    """A line of the table: which program, what load, and what each round measured."""

    program: str
    load: str
    results: list[Result] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second, the median of the rounds."""
        return median(result.rate for result in self.results)

    @property
    def slowest(self) -> float:
        """The 99th percentile in milliseconds, the median of the rounds."""
        return median(quantiles(result.times, n=100)[98] for result in self.results)


def measure() -> None:
    """Print the table."""
    with ExitStack() as running:
        programs = {name: _stopped(running, name) for name in _NAMES}
        rows = _take_turns(programs, _SENDERS) + _take_turns(programs, _MANY)
    with tempfile.TemporaryDirectory() as folder:
        rows += _beside_sessions(make_account(Path(folder)))
    _print(rows)


def _stopped(running: ExitStack, name: str) -> Served:
    """A program with a log of its own, stopped until its turn."""
    folder = running.enter_context(tempfile.TemporaryDirectory())
    program = running.enter_context(served(name, make_account(Path(folder))))
    # Before it is told to end, at the latest.
    running.callback(program.process.send_signal, signal.SIGCONT)
    program.process.send_signal(signal.SIGSTOP)
    return program


def _take_turns(programs: dict[str, Served], senders: int) -> list[_Row]:
    rows = {name: _Row(name, f"{senders} senders") for name in programs}
    for round_ in range(_ROUNDS + 1):
        for name, program in programs.items():
            program.process.send_signal(signal.SIGCONT)
            result = _send(program.url, senders, _SECONDS if round_ else _WARM_UP)
            program.process.send_signal(signal.SIGSTOP)
            if round_:
                rows[name].results.append(result)
    return list(rows.values())


def _beside_sessions(account: Account) -> list[_Row]:
    """The process for the internet, with the dashboard at rest and with sessions that rerun."""
    alone = _Row(PUBLIC, f"{_MANY} senders, dashboard at rest")
    beside = _Row(PUBLIC, f"{_MANY} senders, {_SESSIONS} sessions rerun")
    with served(DASHBOARD, account) as dashboard, served(PUBLIC, account) as program:
        _send(program.url, _MANY, _WARM_UP)
        for _ in range(_ROUNDS):
            alone.results.append(_send(program.url, _MANY, _SECONDS))
            with _rerunning(account, dashboard.url):
                beside.results.append(_send(program.url, _MANY, _SECONDS))
    return [alone, beside]


@contextmanager
def _rerunning(account: Account, url: str) -> Iterator[None]:
    """Sessions that rerun pages until the block ends."""
    command = [sys.executable, "-m", "tests.benchmarks.receiver_sessions"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout
    cookies = account.cookies(_SESSIONS)
    given = {"url": url, "public_url": account.public_url, "cookies": cookies}
    process.stdin.write(dumps(given) + "\n")
    process.stdin.flush()
    assert process.stdout.readline(), "no page was drawn"
    yield
    runs, _ = process.communicate()
    sys.stdout.write(f"{runs} reruns of pages beside\n")


def _send(url: str, senders: int, seconds: float) -> Result:
    load = Load(url + WEBHOOK_PATH, WEBHOOK_KEY, senders, seconds)
    command = [sys.executable, "-m", "tests.benchmarks.receiver_load"]
    given = dumps(asdict(load)) + "\n"
    sent = subprocess.run(command, cwd=ROOT, input=given, stdout=subprocess.PIPE, text=True)
    result = Result(**loads(sent.stdout))
    if result.failed:
        sys.stdout.write(f"{url}: {result.failed} of {len(result.times)} were not kept\n")
    return result


def _print(rows: list[_Row]) -> None:
    bare = {row.load: row.rate for row in rows if row.program == BARE}
    sys.stdout.write(f"{'':30} {'load':34} {'a second':>8} {'of bare':>8} {'p99, ms':>8}\n")
    for row in rows:
        share = f"{row.rate / bare[row.load]:.2f}" if row.load in bare else ""
        figures = f"{row.rate:8.0f} {share:>8} {row.slowest:8.1f}"
        sys.stdout.write(f"{_NAMES[row.program]:30} {row.load:34} {figures}\n")


if __name__ == "__main__":
    measure()
