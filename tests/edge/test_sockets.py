"""Who gets a websocket, what passes over it, and when it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.edge.gate.sockets import (
    ENDED,
    LARGEST_MESSAGE,
    MOST_SOCKETS,
    NOT_BINARY,
    SESSION_HEADER,
    TOO_LARGE,
    Sockets,
)
from services.errors import LogUnavailable
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.sign_in.sign_ins import Browser
from tests.clock import FakeClock
from tests.edge.gate_stage import HOST, DeskOfGate, Handshake, Socket, Streamlit, until

Scene = Callable[[Streamlit, Callable[[Handshake], Socket]], Awaitable[None]]

NEVER = 3600.0


def play(scene: Scene, *, watched_every: float = NEVER, trusted_for: float = 0.0) -> None:
    """Run a scene: what is behind the guard, and how a browser opens a socket."""

    async def run() -> None:
        streamlit = Streamlit()
        sockets = Sockets(streamlit, watched_every=watched_every, trusted_for=trusted_for)
        await scene(streamlit, lambda handshake: Socket(sockets, handshake))

    asyncio.run(run())


def is_accepted(handshake: Handshake) -> bool:
    """Whether a socket is opened; one that is refused reaches nothing."""
    found: list[bool] = []

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(handshake).decided()
        found.append(socket.is_open)
        assert len(streamlit.headers) == socket.is_open
        assert socket.is_open or socket.code == 1008

    play(scene)
    return found[0]


def test_a_page_of_ours_in_a_live_session_gets_a_socket(gate_desk: DeskOfGate) -> None:
    assert is_accepted(Handshake(gate_desk.sign_in()))


FOREIGN = [
    None, "null", "", "http://desk.example.org", "https://desk.example.org:8443",
    "https://desk.example.org.evil.test", "https://evil.test", "https://www.desk.example.org",
    "https://desk.example.org/", "https://desk.example.org:x", "https://me@desk.example.org",
    "//desk.example.org", "desk.example.org", "http://localhost", "http://localhost:8501",
    "http://127.0.0.1", "file://", "https://", "https://[::1", "wss://desk.example.org",
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_gets_a_socket(gate_desk: DeskOfGate, origin: str | None) -> None:
    assert not is_accepted(Handshake(gate_desk.sign_in(), origin))


@pytest.mark.parametrize("origin", ["https://desk.example.org:443", "https://DESK.example.org"])
def test_another_way_to_write_our_origin_is_ours(gate_desk: DeskOfGate, origin: str) -> None:
    assert is_accepted(Handshake(gate_desk.sign_in(), origin))


@pytest.mark.parametrize(
    "origin", ["http://localhost:8501", "http://localhost:8502", "http://127.0.0.1:8501", None]
)
def test_on_this_machine_only_our_own_port_is_ours(
    gate_desk: DeskOfGate, origin: str | None
) -> None:
    gate_desk.public_url = "http://localhost:8501"
    handshake = Handshake(gate_desk.sign_in(), origin, host="localhost:8501")
    assert is_accepted(handshake) is (origin == "http://localhost:8501")


@pytest.mark.parametrize("host", ["evil.test", "localhost", f"{HOST}:8501", f"{HOST}.", ""])
def test_no_other_host_gets_a_socket(gate_desk: DeskOfGate, host: str) -> None:
    assert not is_accepted(Handshake(gate_desk.sign_in(), host=host))


@pytest.mark.parametrize("token", [None, "", "forged", "x" * 5000])
def test_no_cookie_of_ours_no_socket(gate_desk: DeskOfGate, token: str | None) -> None:
    gate_desk.sign_in()
    assert not is_accepted(Handshake(token))


def test_a_cookie_copied_before_the_sign_out_is_worth_nothing(gate_desk: DeskOfGate) -> None:
    token = gate_desk.sign_in()
    gate_desk.sign_ins.sign_out(token)
    assert not is_accepted(Handshake(token))


def test_an_old_cookie_is_worth_nothing(gate_desk: DeskOfGate, clock: FakeClock) -> None:
    token = gate_desk.sign_in()
    clock.forward(minutes=16)
    assert not is_accepted(Handshake(token))


def test_who_has_yet_to_choose_a_role_gets_no_socket(gate_desk: DeskOfGate) -> None:
    both = [Role.SUPPORT, Role.PRODUCT]
    token = gate_desk.sign_ins.begin(SANDBOX_STAFF[Role.SUPPORT], both, Browser())
    assert not is_accepted(Handshake(token))


@pytest.mark.parametrize("path", ["/", "/_stcore/stream/", "/sandbox/x", "/x/_stcore/stream"])
def test_there_is_one_address_for_sockets(gate_desk: DeskOfGate, path: str) -> None:
    assert not is_accepted(Handshake(gate_desk.sign_in(), path=path))


def test_nothing_is_looked_up_for_strangers(
    gate_desk: DeskOfGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*_: object) -> None:
        raise AssertionError("somebody was looked up")

    monkeypatch.setattr(gate_desk.sessions, "actor", look)
    assert not is_accepted(Handshake(None))
    assert not is_accepted(Handshake("a cookie", "https://evil.test"))


def test_a_log_that_does_not_answer_opens_nothing(
    gate_desk: DeskOfGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LogUnavailable("The log does not answer.")

    monkeypatch.setattr(gate_desk.sessions, "actor", fail)
    assert not is_accepted(Handshake("a cookie"))


def test_streamlit_is_told_the_session_and_not_what_the_browser_says(
    gate_desk: DeskOfGate,
) -> None:
    token = gate_desk.sign_in()

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        forged = {SESSION_HEADER.title(): "somebody else", SESSION_HEADER: "and again"}
        await open_(Handshake(token, more=forged)).decided()
        (headers,) = streamlit.headers
        names = [name for name in headers if name.lower() == SESSION_HEADER.encode()]
        assert [headers[name].decode() for name in names] == [gate_desk.who(token).session]

    play(scene)


def test_one_session_has_so_many_sockets_and_others_have_theirs(gate_desk: DeskOfGate) -> None:
    token, other = gate_desk.sign_in(), gate_desk.sign_in(Role.ADMIN)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        sockets = [await open_(Handshake(token)).decided() for _ in range(MOST_SOCKETS)]
        assert all(socket.is_open for socket in sockets)
        assert not (await open_(Handshake(token)).decided()).is_open
        assert (await open_(Handshake(other)).decided()).is_open
        sockets[0].leave()
        await sockets[0].ended()
        assert (await open_(Handshake(token)).decided()).is_open
        assert streamlit.running == MOST_SOCKETS + 1

    play(scene)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"x" * LARGEST_MESSAGE, None), (b"x" * (LARGEST_MESSAGE + 1), TOO_LARGE), ("", NOT_BINARY)],
    ids=["the largest", "too large", "text"],
)
def test_what_is_too_large_or_no_message_ends_the_socket(
    gate_desk: DeskOfGate, content: bytes | str, code: int | None
) -> None:
    token = gate_desk.sign_in()

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(Handshake(token)).decided()
        socket.say(content)
        if code is None:
            await until(lambda: streamlit.passed == [content])
        else:
            assert await socket.ended() == code
            assert streamlit.passed == [] and streamlit.running == 0

    play(scene)


def test_a_message_after_the_end_of_the_session_is_not_passed_on(gate_desk: DeskOfGate) -> None:
    token = gate_desk.sign_in()

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        first, second = [await open_(Handshake(token)).decided() for _ in range(2)]
        first.say(b"before")
        await until(lambda: streamlit.passed == [b"before"])
        gate_desk.sign_ins.sign_out(token)
        first.say(b"after")
        assert [await first.ended(), await second.ended()] == [ENDED, ENDED]
        assert streamlit.passed == [b"before"] and streamlit.running == 0

    play(scene)


def test_messages_ask_the_log_now_and_then_only(
    gate_desk: DeskOfGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = gate_desk.sign_in()
    asked: list[object] = []
    monkeypatch.setattr(gate_desk.sessions, "ended_among", asked.append)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(Handshake(token)).decided()
        for _ in range(20):
            socket.say(b"x")
        await until(lambda: len(streamlit.passed) == 20)
        assert asked == []

    play(scene, trusted_for=NEVER)


def test_sockets_of_a_session_that_ends_are_closed_without_a_message(
    gate_desk: DeskOfGate,
) -> None:
    token, other = gate_desk.sign_in(), gate_desk.sign_in(Role.ADMIN)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        ending = [await open_(Handshake(token)).decided() for _ in range(3)]
        lasting = await open_(Handshake(other)).decided()
        gate_desk.sign_ins.sign_out(token)
        assert [await socket.ended() for socket in ending] == [ENDED] * 3
        assert lasting.is_open and streamlit.running == 1

    play(scene, watched_every=0.01)


def test_an_idle_session_loses_its_sockets_too(gate_desk: DeskOfGate, clock: FakeClock) -> None:
    token = gate_desk.sign_in()

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(Handshake(token)).decided()
        clock.forward(minutes=16)
        assert await socket.ended() == ENDED

    play(scene, watched_every=0.01)


def test_one_question_is_asked_about_all_sessions(
    gate_desk: DeskOfGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [gate_desk.sign_in(role) for role in Role]
    sessions = {gate_desk.who(token).session for token in tokens}
    asked: list[set[str]] = []

    def ended_among(session_ids: set[str]) -> set[str]:
        asked.append(set(session_ids))
        return set()

    monkeypatch.setattr(gate_desk.sessions, "ended_among", ended_among)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        for token in tokens:
            await open_(Handshake(token)).decided()
            await open_(Handshake(token)).decided()
        await until(lambda: sessions in asked)

    play(scene, watched_every=0.05)


def test_the_watch_goes_on_after_a_log_that_did_not_answer(
    gate_desk: DeskOfGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = gate_desk.sign_in()
    answer = gate_desk.sessions.ended_among
    failed: list[bool] = []

    def ended_among(session_ids: set[str]) -> set[str]:
        if not failed:
            failed.append(True)
            raise LogUnavailable("The log does not answer.")
        return answer(session_ids)

    monkeypatch.setattr(gate_desk.sessions, "ended_among", ended_among)

    async def scene(streamlit: Streamlit, open_: Callable[[Handshake], Socket]) -> None:
        socket = await open_(Handshake(token)).decided()
        gate_desk.sign_ins.sign_out(token)
        assert await socket.ended() == ENDED
        assert failed

    play(scene, watched_every=0.01)
