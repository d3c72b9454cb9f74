"""The commands that compare and rebuild, in a process of their own."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlmodel import col, select

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.cubes import SOURCE
from services.outcomes.rollups.folding import Folding
from services.store import Store
from services.store.migrate import migrate
from services.store.tables import Rollup
from tests.outcomes.rollups.histories import History
from tests.test_commands import run


def test_a_difference_is_printed_and_a_rebuild_corrects_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'access-desk.db'}")
    migrate(store.engine)
    history = History(store, Random(3), datetime(2026, 9, 1, tzinfo=UTC), 3)
    for _ in range(3):
        history.add()
    Folding(store, PeopleCounting()).finish()
    equal = run("python -m services rollups verify", tmp_path)
    assert equal.returncode == 0, equal.stderr
    assert equal.stdout.endswith("0 differ.\n")
    with store.write() as session:
        row = session.exec(select(Rollup).where(col(Rollup.cube) == SOURCE.name)).first()
        assert row is not None
        session.delete(row)
    store.close()
    wrong = run("python -m services rollups verify", tmp_path)
    assert wrong.returncode == 1
    assert wrong.stdout.startswith("source ") and wrong.stdout.endswith("1 differ.\n")
    rebuilt = run("python -m services rollups rebuild", tmp_path)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert rebuilt.stdout.endswith("1 rows corrected.\n")
    assert run("python -m services rollups verify", tmp_path).returncode == 0
