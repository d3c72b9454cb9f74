"""What each chart costs over the whole history, beside the other ways to its numbers.

    python -m tests.benchmarks.charts /tmp/1m.db /tmp/10m.db

of logs that `tests.benchmarks.log_maker` has made and `python -m services rollups rebuild` has
counted. Milliseconds: the first time in a process that has read nothing yet, the median of the
next, and the processor's part of it; then the plain SQL aggregate over the raw log, DuckDB over the
Parquet files of `export-log`, and reading into pandas, all in the same run. The last table compares
the logs. `--ways rollups,sql` leaves out the others.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from tests.benchmarks.whole_history.charts import CHARTS

MOST_MILLISECONDS, LEAST_TIMES_FASTER, MOST_TIMES_SLOWER, MOST_MEGABYTES = 60, 10, 1.5, 400
WAYS = ("rollups", "sql", "duckdb", "pandas")


def _ask(way: str, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.whole_history.ways", way, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _figure(found: dict[str, Any], chart: str, name: str) -> float | None:
    value = found.get(chart, {}).get(name)
    return float(value) if value is not None else None


def _cell(value: float | None) -> str:
    return f"{value:10,.1f}" if value is not None else f"{'-':>10}"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _tell_log(url: str, found: dict[str, dict[str, Any]]) -> None:
    names = ("cold", "warm", "processor", "SQL", "times", "DuckDB", "pandas")
    _say(f"\n{url}\n{'milliseconds':26}" + "".join(f"{name:>10}" for name in names))
    ours = found["rollups"]
    for chart in CHARTS:
        own = [_figure(ours, chart.name, name) for name in ("cold", "warm", "processor")]
        others = [_figure(found.get(way, {}), chart.name, "warm") for way in WAYS[1:]]
        times = others[0] / own[1] if others[0] and own[1] else None
        cells = [*own, others[0], times, *others[1:]]
        missed = _misses(own[1], times)
        _say(f"{chart.name:26}" + "".join(_cell(cell) for cell in cells) + missed)
        for way, of_way in found.items():
            if failed := of_way.get(chart.name, {}).get("failed"):
                _say(f"    {way}: {failed}")
    for way, of_way in found.items():
        if "peak" in of_way:
            _say(
                f"{way:10} {of_way['peak']:8,.0f} MB at most, {of_way['before']:,.0f} at the start"
            )
        else:
            _say(f"{way:10} failed: {of_way.get('failed')}")


def _misses(warm: float | None, times: float | None) -> str:
    missed = []
    if warm is None or warm > MOST_MILLISECONDS:
        missed.append(f"over {MOST_MILLISECONDS} ms")
    if times is not None and times < LEAST_TIMES_FASTER:
        missed.append(f"not {LEAST_TIMES_FASTER} times as fast")
    return f"  ({', '.join(missed)})" if missed else ""


def _compare(first: str, second: str, found: dict[str, dict[str, dict[str, Any]]]) -> None:
    _say(f"\n{second} beside {first}")
    for chart in CHARTS:
        smaller, larger = (
            _figure(found[url]["rollups"], chart.name, "warm") for url in (first, second)
        )
        if smaller and larger:
            over = "  (over)" if larger > MOST_TIMES_SLOWER * smaller else ""
            _say(f"{chart.name:26}{larger / smaller:10.2f} times{over}")


def measure(logs: list[str], ways: list[str]) -> None:
    """Print the tables of these logs: files of SQLite, or addresses of databases."""
    urls = [log if "://" in log else f"sqlite:///{log}" for log in logs]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for url in urls:
        found[url] = {way: _ask(way, url) for way in ways}
        _tell_log(url, found[url])
    for other in urls[1:]:
        _compare(urls[0], other, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="+")
    parser.add_argument("--ways", default=",".join(WAYS))
    given = parser.parse_args()
    measure(given.logs, given.ways.split(","))
