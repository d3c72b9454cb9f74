"""What the route tells open pages, and to whom."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from services.desk import Desk, desk
from services.edge import routes
from services.lookup.changes import Changes, Subject
from services.staff.permissions import Actor, Role
from services.store.tables import RecordRequest
from tests.desk import FakeSignIn
from tests.serving import serve
from tests.staff_members import STAFF

PATH = "/desk/changes"
SUPPORT, PRODUCT = STAFF[Role.SUPPORT], STAFF[Role.PRODUCT]


@pytest.fixture(scope="module")
def program(running_desk: Desk) -> Iterator[httpx.Client]:
    """A browser in front of the running program."""
    with serve(Starlette(routes=routes)) as url, httpx.Client(base_url=url) as client:
        yield client


def _ask(
    program: httpx.Client, viewer: Actor = SUPPORT, *, subject: str, key: str = ""
) -> httpx.Response:
    """What a page is told that was drawn for `viewer`."""
    seal = desk().changes.seal(viewer, Subject(subject), key)
    return program.post(PATH, json={"seal": seal, "subject": subject, "key": key})


def _touch(desk: Desk, patient_id: str) -> None:
    with desk.store.write() as session:
        session.add(
            RecordRequest(
                id=f"r-{patient_id}-{desk.clock().timestamp()}",
                patient_id=patient_id,
                conversion_type="pdf",
                status="processing",
                submitted_at=desk.clock(),
            )
        )


def test_the_answer_is_a_version_and_nothing_else(
    running_desk: Desk, program: httpx.Client, sign_in: FakeSignIn
) -> None:
    sign_in.who = SUPPORT
    # Until upstream was asked about its deliveries, its health may become known in between.
    running_desk.delivery_status.status()
    running_desk.delivery_status.step()
    versions = []
    for patient_id in ("p-1", "p-2", "p-1"):
        _touch(running_desk, patient_id)
        answer = _ask(program, subject="patient", key="p-1")
        assert answer.status_code == 200 and list(answer.json()) == ["version"]
        assert answer.headers["cache-control"] == "no-store"
        versions.append(answer.json()["version"])
    assert versions[0] == versions[1] != versions[2]
    assert "p-1" not in versions[2]


def test_asking_leaves_no_trace(
    running_desk: Desk, program: httpx.Client, sign_in: FakeSignIn
) -> None:
    sign_in.who = SUPPORT
    before = len(running_desk.timeline.of_patient(SUPPORT, "p-3").entries)
    _ask(program, subject="patient", key="p-3")
    assert len(running_desk.timeline.of_patient(SUPPORT, "p-3").entries) == before


def test_who_is_not_signed_in_is_told_nothing(program: httpx.Client, sign_in: FakeSignIn) -> None:
    sign_in.who = None
    answer = _ask(program, subject="staff")
    assert (answer.status_code, answer.json()) == (401, {})


def test_a_page_that_was_drawn_for_somebody_else_is_told_nothing(
    program: httpx.Client, sign_in: FakeSignIn
) -> None:
    sign_in.who = STAFF[Role.ADMIN]
    assert _ask(program, SUPPORT, subject="staff").status_code == 401


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"subject": "patient", "key": "p-2"}, {"subject": "patient", "key": "p-1"}),
        ({"subject": "query", "key": "p-1"}, {"subject": "patient", "key": "p-1"}),
        ({"subject": "query", "key": "q-1"}, {"subject": "query", "key": ""}),
    ],
)
def test_nobody_follows_what_they_were_not_shown(
    program: httpx.Client, sign_in: FakeSignIn, asked: dict[str, str], shown: dict[str, str]
) -> None:
    """Asking leaves no trace, so it must not serve to observe a person whom nobody has opened."""
    sign_in.who = SUPPORT
    seal = desk().changes.seal(SUPPORT, Subject(shown["subject"]), shown["key"])
    assert program.post(PATH, json=shown | {"seal": seal}).status_code == 200
    for wrong in (seal, "", "x" * 32, "\u00e9"):
        answer = program.post(PATH, json=asked | {"seal": wrong})
        assert (answer.status_code, answer.json()) == (401, {})


def test_a_seal_holds_while_keys_are_exchanged(running_desk: Desk) -> None:
    def make(*keys: str) -> Changes:
        return Changes(running_desk.store, running_desk.audit, lambda: None, list(keys))

    seal = make("old").seal(SUPPORT, Subject.RUN)
    assert make("new", "old").is_sealed(seal, SUPPORT, Subject.RUN)
    assert not make("new").is_sealed(seal, SUPPORT, Subject.RUN)


@pytest.mark.parametrize("subject", ["patient", "query", "webhook", "run", "staff"])
def test_a_role_asks_about_what_it_may_see(
    program: httpx.Client, sign_in: FakeSignIn, subject: str
) -> None:
    sign_in.who = SUPPORT
    assert _ask(program, SUPPORT, subject=subject, key="x").status_code == 200
    sign_in.who = PRODUCT
    answer = _ask(program, PRODUCT, subject=subject, key="x")
    assert (answer.status_code, answer.json()) == (403, {})


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"subject": "x"}', b"\xff", b"x" * 3000, b'{"subject": "query"}']
)
def test_anything_else_is_refused(program: httpx.Client, sign_in: FakeSignIn, body: bytes) -> None:
    sign_in.who = SUPPORT
    assert program.post(PATH, content=body).status_code == 400
    assert program.get(PATH).status_code == 405
