"""What is tried over an open websocket, or for a file, after the end of its session is noted."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.sign_in.sign_ins import Browser
from services.store import Store
from services.store.tables import AuditEvent
from tests.edge.gate_stage import HOST, DeskOfGate, FakeFiles, Handshake, Socket, Streamlit, ask
from tests.edge.test_sockets import ENDED, play


def _tried(store: Store) -> list[tuple[str, str | None]]:
    """Who tried something after the end of which session."""
    with store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.outcome) == "ended")
        return [(event.actor_id, event.session_id) for event in session.exec(wanted).all()]


@pytest.mark.parametrize(
    ("message", "noted"), [(b"a press of a button", 1), (b"\x0a\x0asigned_out\x12", 0)]
)
def test_a_press_after_the_end_is_refused_and_noted(
    gate_desk: DeskOfGate, store: Store, message: bytes, noted: int
) -> None:
    """Not so what a page says by itself once it has seen the end."""
    token = gate_desk.sign_in()
    who = gate_desk.who(token)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(Handshake(token)).decided()
        gate_desk.sign_ins.sign_out(token)
        socket.say(message)
        assert await socket.ended() == ENDED and streamlit.passed == []

    play(scene)
    assert _tried(store) == [(who.id, who.session)] * noted


def test_a_file_before_a_role_is_chosen_is_refused_and_nothing_has_ended(
    gate_desk: DeskOfGate, store: Store
) -> None:
    roles = [Role.SUPPORT, Role.ADMIN]
    token = gate_desk.sign_ins.begin(SANDBOX_STAFF[Role.ADMIN], roles, Browser())
    headers = {"host": HOST, "cookie": f"{gate_desk.sessions.cookie}={token}"}
    assert ask("GET", "/media/report.csv", headers, FakeFiles()).status_code == 401
    assert _tried(store) == []


def test_a_file_after_the_end_is_refused_and_noted(gate_desk: DeskOfGate, store: Store) -> None:
    token = gate_desk.sign_in()
    who = gate_desk.who(token)
    files = FakeFiles()
    files.owner = who.session
    headers = {"host": HOST, "cookie": f"{gate_desk.sessions.cookie}={token}"}
    assert ask("GET", "/media/report.csv", headers, files).status_code == 200
    gate_desk.sign_ins.sign_out(token)
    assert ask("GET", "/media/report.csv", headers, files).status_code == 401
    assert _tried(store) == [(who.id, who.session)]
    # A stranger is nobody whose attempt could be noted.
    assert ask("GET", "/media/report.csv", {"host": HOST}, files).status_code == 401
    assert len(_tried(store)) == 1
