"""Makes a log of so many queries, with all that stands around them, in minutes.

    python -m tests.benchmarks.log_maker 1000000 sqlite:////tmp/1m.db
    python -m tests.benchmarks.log_maker 10000000 sqlite:////tmp/10m.db --base /tmp/1m.db

For each query there are 2.2 attempts of sources, two webhooks, three calls, half a request for
records and half an event of the access log; for each eight a person, a third of whom set out for
their own records. `--traffic` and `--looks` make fewer messages and calls, and fewer events. Left
out are judgements and reviews (`tests.benchmarks.ias_audit` makes them), bulk runs and staff
sessions. Rows come batch by batch, so that memory does not grow with the log; indexes are made
after them. With `--base`, a smaller log on SQLite, its rows are taken several times: the larger log
has the same days and groups, and is made faster. The rollups are built last, by
`python -m services rollups rebuild`. A million queries take 6 GB, without messages and calls 2 GB.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from services.clock import utc_now
from services.store import Store
from services.store.migrate import migrate
from tests.benchmarks.made_log import people, traffic
from tests.benchmarks.made_log.multiplying import copying
from tests.benchmarks.made_log.plan import Batch, Plan, batches
from tests.benchmarks.made_log.queries import (
    QUERY_NAMES,
    SOURCE_NAMES,
    make_queries,
    query_rows,
)
from tests.benchmarks.made_log.traffic import Looks
from tests.benchmarks.made_log.writing import Writer, fast_writer


def make_log(url: str, plan: Plan, unwanted: str = "") -> None:
    """Fill the empty log at `url`; a missing SQLite file is made."""
    store = Store(url)
    migrate(store.engine)
    store.close()
    began = time.perf_counter()
    with fast_writer(url, unwanted) as writer:
        _write_rows(writer, plan)
        _say("rows written", began)
    _say("indexes made", began)


def multiply(url: str, base: Path, plan: Plan, unwanted: str) -> None:
    """Fill the empty log at `url`, on SQLite, with the rows of `base`, several times each."""
    store, began = Store(url), time.perf_counter()
    migrate(store.engine)
    store.close()
    with fast_writer(url, unwanted) as writer:
        writer.execute(f"ATTACH 'file:{base}?immutable=1' AS base")
        times = plan.queries // writer.number("SELECT count(*) FROM base.network_query")
        for table, statement in copying("base.", times, plan.traffic):
            writer.execute(statement)
            _say(table, began)
        writer.execute(
            "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM base.audit_head)"
        )
        writer.execute("DETACH base")
    _say("indexes made", began)


def _write_rows(writer: Writer, plan: Plan) -> None:
    looks, began = Looks(plan), time.perf_counter()
    writer.add("consent_text", people.TEXT_NAMES, [people.TEXT_ROW])
    for number, batch in enumerate(batches(plan)):
        for table, names, rows in _tables(plan, batch, looks):
            writer.add(table, names, rows)
        if number % 25 == 0:
            _say(f"{batch.first:,} queries", began)
    writer.execute(f"UPDATE audit_head SET seq = {looks.seq}, hash = '{looks.hash}'")


def _tables(plan: Plan, batch: Batch, looks: Looks) -> Iterator[people.TableRows]:
    queries, sources = make_queries(plan, batch)
    identities = people.identities_of(queries.person, queries.is_ias)
    sessions, uses = people.use_rows(
        batch, queries.patients, queries.ids, queries.person, queries.is_ias
    )
    yield "network_query", QUERY_NAMES, query_rows(queries, batch, identities, sessions)
    yield "query_source", SOURCE_NAMES, sources.rows
    yield from people.way_rows(plan, batch, queries.person, queries.patients)
    yield from uses
    yield from traffic.record_rows(batch, queries)
    yield from traffic.message_rows(plan, batch, queries, sources)
    yield from traffic.call_rows(plan, batch, queries)
    yield from traffic.change_rows(plan, queries)
    yield from looks.rows(batch, queries)


def _say(what: str, began: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:60} {time.perf_counter() - began:7.1f} s, {peak:,.0f} MB", flush=True)  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", type=int)
    parser.add_argument("url")
    parser.add_argument("--until", type=datetime.fromisoformat, default=None)
    parser.add_argument("--base", type=Path, default=None)
    parser.add_argument("--without", default="", help="leave out indexes with this in their name")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--traffic", type=float, default=1.0)
    parser.add_argument("--looks", type=float, default=1.0)
    return parser.parse_args()


def _main() -> None:
    given = _arguments()
    until = given.until or utc_now().replace(minute=0, second=0, microsecond=0)
    plan = Plan(given.queries, until, seed=given.seed, traffic=given.traffic, looks=given.looks)
    if given.base:
        multiply(given.url, given.base, plan, given.without)
    else:
        make_log(given.url, plan, given.without)


if __name__ == "__main__":
    _main()
