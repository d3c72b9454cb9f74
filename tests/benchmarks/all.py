"""Charts, pages and lists over logs of one and of ten million queries, by one command.

    python -m tests.benchmarks.all /tmp/logs [1000000 10000000]

makes the logs that the folder lacks, counts their rollups as the program itself does in the
background, and prints every table. A log of a million queries takes four minutes of one processor
and 6 GB; the larger ones are made of it, with a tenth of its messages and calls for each query.
"""

import sys
import time
from pathlib import Path

from services.clock import utc_now
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.folding import Folding
from services.store import Store
from services.store.migrate import migrate
from tests.benchmarks import charts, lists, page_scripts
from tests.benchmarks.log_maker import make_log, multiply
from tests.benchmarks.made_log.plan import Plan

_BASE = 1_000_000
_SIZES = (1_000_000, 10_000_000)
_TRAFFIC_OF_LARGER = 0.1


def prepare(folder: Path, queries: int) -> Path:
    """The log of so many queries in the folder, made and counted as far as it is not yet."""
    path = folder / f"{queries}.db"
    if not path.exists():
        plan = Plan(queries, utc_now().replace(minute=0, second=0, microsecond=0))
        if queries > _BASE:
            base = prepare(folder, _BASE)
            plan = Plan(queries, plan.until, traffic=_TRAFFIC_OF_LARGER)
            multiply(f"sqlite:///{path}", base, plan, "")
        else:
            make_log(f"sqlite:///{path}", plan)
    count(f"sqlite:///{path}")
    return path


def count(url: str) -> None:
    """Build what the rollups of a log lack, and say how long that took."""
    store, began, worked = Store(url), time.perf_counter(), time.process_time()
    migrate(store.engine)
    steps = Folding(store, PeopleCounting()).finish()
    seconds, own = time.perf_counter() - began, time.process_time() - worked
    _say(f"{url}: rollups built in {steps} steps, {seconds:,.0f} s, processor {own:,.0f} s")
    store.close()


def measure(folder: Path, sizes: list[int]) -> None:
    """Print all tables."""
    paths = [prepare(folder, size) for size in sizes]
    charts.measure([str(path) for path in paths], list(charts.WAYS))
    for path in paths:
        _say("")
        page_scripts.measure(f"sqlite:///{path}")
        _say("")
        lists.measure(f"sqlite:///{path}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    measure(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]] or list(_SIZES))
