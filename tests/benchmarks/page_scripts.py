"""How long the script of Outcomes and of Adoption runs over a made log, and the memory it takes.

    python -m tests.benchmarks.page_scripts /tmp/1m.db

As a member of the support staff and as product sees them: the first run of a process, the median of
the next ones, and the processor's part of it, in milliseconds; with nothing chosen, and with the
longest period that the page offers. Beside them an empty page in the same harness, which stands for
what the harness itself takes. Nothing runs in the background, so that the log stays as it is but
for the events of looks.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.routing import Mount
from streamlit.testing.v1 import AppTest

import services.desk
from services.addresses import SANDBOX_PATH
from services.bootstrap import build, sandbox_app
from services.edge import routes
from services.settings import Settings
from services.staff.permissions import Role
from services.store.engine import Duplicate
from tests.desk import FakeSignIn
from tests.serving import serve
from tests.staff_members import STAFF, open_sessions

MOST_MILLISECONDS, MOST_MEGABYTES = 200, 400

_SHELL = Path(__file__).parents[2] / "pages" / "_shell.py"
_TIMES = 7
_PAGES = {
    "Outcomes": ("outcomes.py", {}),
    "Outcomes, two years": ("outcomes.py", {"days": "730"}),
    "Adoption": ("adoption.py", {}),
    "Adoption, months": ("adoption.py", {"width": "month"}),
}
_ROLES = (Role.SUPPORT, Role.PRODUCT)


@contextmanager
def _desk_over(url: str) -> Iterator[FakeSignIn]:
    """The program over a log, without its background."""
    sign_in = FakeSignIn()
    app = Starlette(routes=[*routes, Mount(SANDBOX_PATH, sandbox_app)])
    with TemporaryDirectory() as folder, serve(app) as base_url:
        settings = Settings(
            _env_file=None, data_dir=Path(folder), database_url=url, name_index=False
        )  # type: ignore[call-arg]
        built = build(settings, int(base_url.rsplit(":", 1)[1]))
        # They are there from an earlier measurement.
        with suppress(Duplicate):
            open_sessions(built.store, built.clock())
        services.desk._running = replace(built, sessions=sign_in)  # type: ignore[arg-type]
        yield sign_in
        services.desk._running = None


def _runs(page: AppTest) -> tuple[list[float], list[float]]:
    clock, processor = [], []
    for _ in range(_TIMES):
        began, worked = time.perf_counter(), time.process_time()
        page.run()
        clock.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - worked))
    return clock, processor


def _open(sign_in: FakeSignIn, role: Role, name: str, params: dict[str, str]) -> AppTest:
    sign_in.who = STAFF[role]
    page = AppTest.from_file(str(_SHELL), default_timeout=120)
    page.context = {"timezone": "America/New_York", "theme": "light"}
    page.run()
    page.switch_page(name)
    for key, value in params.items():
        page.query_params[key] = value
    return page


def _measure_page(what: str, open_page: Callable[[], AppTest]) -> None:
    page = open_page()
    clock, processor = _runs(page)
    wrong = f"  ({page.exception[0].value})" if page.exception else ""
    _say(
        f"{what:34}{clock[0]:10,.0f}{median(clock[1:]):10,.0f}{median(processor[1:]):10,.0f}{wrong}"
    )


def _empty() -> AppTest:
    return AppTest.from_string("import streamlit as st\nst.title('Empty')", default_timeout=60)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def measure(url: str) -> None:
    """Print the times of both pages over the log at `url`."""
    _say(f"{'milliseconds':34}{'first':>10}{'next':>10}{'processor':>10}")
    _measure_page("an empty page", _empty)
    with _desk_over(url) as sign_in:
        for what, (name, params) in _PAGES.items():
            for role in _ROLES:
                _measure_page(
                    f"{what}, {role.value}",
                    lambda name=name, params=params, role=role: _open(sign_in, role, name, params),  # type: ignore[misc]
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"{peak:,.0f} MB at most, the harness included (at most {MOST_MEGABYTES})")


if __name__ == "__main__":
    given = sys.argv[1]
    measure(given if "://" in given else f"sqlite:///{given}")
