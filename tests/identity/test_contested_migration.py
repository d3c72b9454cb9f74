"""The migration that lets a challenge have several sessions, there and back on each database."""

from alembic import command
from sqlalchemy import text
from sqlmodel import col, update

from services.identity.patient_links import Visit
from services.store.migrate import _config, migrate
from services.store.tables import Aal2Challenge, Aal2Session
from tests.identity.stage import AAL2_ID, Stage
from tests.world import PATIENT, SUPPORT


def _satisfy_twice(stage: Stage) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    assert isinstance(visit, Visit)
    for credential in ("aal2_forged", AAL2_ID):
        stage.clock.forward(seconds=1)
        stage.links.back_from_challenge(visit.cookie, "verified", credential)


def test_a_downgrade_keeps_one_session_and_an_upgrade_counts_one_return(stage: Stage) -> None:
    _satisfy_twice(stage)
    stage.ask()
    used = {row.id for row in stage.rows(Aal2Session) if row.used_by}
    assert len(stage.rows(Aal2Session)) == 2 and len(used) == 1
    with stage.store.write() as session:
        # The session that came first is the used one here, and stays although it is older.
        session.exec(update(Aal2Session).where(col(Aal2Session.id).in_(used)).values(
            verified_at=stage.clock.now.replace(hour=1)
        ))  # fmt: skip
    with stage.store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_config(connection), "0006")
        rows = connection.execute(text("SELECT id FROM aal2_session")).all()
    assert {row.id for row in rows} == used
    migrate(stage.store.engine)
    assert [row.returns for row in stage.rows(Aal2Challenge)] == [1]
    assert {row.id for row in stage.rows(Aal2Session)} == used
