"""A person's way to individual access, and an upstream that answers as the API does."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from sqlmodel import select

from services.identity.individual_access import Standing
from services.identity.patient_links import Visit
from services.identity.returns import ReturnOutcome
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.queries.requests import IasRequest
from services.staff.permissions import Role
from services.store.tables import (
    NetworkQuery,
    WebhookEvent,
)
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT, World

OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"
PID = "pid_1"
ADMIN = make_actor("Ada", Role.ADMIN)
AAL2_ID = "aal2_secret-of-the-person"
IAS = IasRequest(PATIENT, Sources(hie=True))
PERSON = {
    "firstName": "Jane",
    "lastName": "Smith",
    "dob": "1996-02-10",
    "genderAtBirth": "F",
    "address": [
        {"addressLine1": "123 Arsenal St", "city": "Phoenix", "state": "AZ", "zip": "85300"}
    ],
    "contact": [{"phone": "6025550100", "email": "jane@mail.test"}],
}
"""The record of everybody here, besides its id."""

STARTED = {"status": "processing", "sources": [{"type": "hie"}]}


class Upstream:
    """Answers as the API does; `refusing` maps the end of a path to another answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refusing: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.starts: list[httpx.Request] = []
        self.made = 0
        self.person: dict[str, Any] = dict(PERSON)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        for path, answer in self.refusing.items():
            if request.url.path.endswith(path):
                return answer(request)
        if request.method == "GET" and request.url.path.startswith("/medical/v1/patient/"):
            return httpx.Response(200, json=self.person | {"id": request.url.path.split("/")[4]})
        self.made += 1
        if request.url.path.endswith("/identity/session"):
            return httpx.Response(200, json=self.page("session", "ids"))
        if request.url.path.endswith("/aal2/challenge"):
            return httpx.Response(200, json=self.page("challenge", "aalc") | {"method": "totp"})
        if request.method == "POST":
            self.starts.append(request)
        return httpx.Response(200, json=STARTED | {"requestId": f"r-{self.made}"})

    def page(self, name: str, prefix: str) -> dict[str, str]:
        expires_at = self.world.clock.now.replace(microsecond=0) + timedelta(hours=1)
        return {
            f"{name}Id": f"{prefix}_{self.made}",
            f"{name}Url": f"https://hosted.test/{name}/{self.made}",
            "expiresAt": expires_at.isoformat(),
        }


class Stage(World):
    """A world in which a person can go their way."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.upstream = Upstream(self)
        self.answer = self.upstream

    def hear_verified(
        self, message_id: str, patient_id: str = PATIENT, pid: str = PID, **how: Any
    ) -> str:
        """Receive `ias.identity.verified`; what became of the message."""
        fields = {"patientId": patient_id, "proofedIdentityId": pid} | how.get("payload", {})
        when = how.get("when", self.clock.now.isoformat())
        meta = {"messageId": message_id, "when": when, "type": "ias.identity.verified"}
        meta |= {"data": how["data"]} if "data" in how else {}
        body = {"meta": meta} | (fields if how.get("flat") else {"payload": fields})
        raw = json.dumps(body).encode()
        assert self.webhooks.receive(raw, sign("hook", raw)).rejection is None
        self.interpreter.interpret_waiting()
        with self.store.read() as session:
            wanted = select(WebhookEvent).where(WebhookEvent.message_id == message_id)
            return session.exec(wanted).one().status

    def follow(self, url: str) -> Visit:
        """Press Continue."""
        visit = self.links.follow(url.rsplit("/", 1)[1])
        assert isinstance(visit, Visit)
        return visit

    def satisfy(self, credential: str = AAL2_ID, patient_id: str = PATIENT) -> ReturnOutcome:
        """A challenge from its sending to its verified return."""
        visit = self.follow(self.link_sender.send_challenge(SUPPORT, patient_id).url)
        return self.links.back_from_challenge(visit.cookie, "verified", credential)

    def standing(self, patient_id: str = PATIENT) -> Standing:
        return self.identity.standings(SUPPORT, [patient_id])[patient_id]

    def ask(self, request: IasRequest = IAS) -> NetworkQuery:
        """Start an IAS query."""
        return self.query_starts.start(SUPPORT, self.query_starts.new_id(), request)

    def rows(self, table: type) -> list[Any]:
        with self.store.read() as session:
            return list(session.exec(select(table)).all())


def refusal(status: int, detail: str) -> Callable[[httpx.Request], httpx.Response]:
    body = {"status": status, "name": "X", "title": "XError", "detail": detail}
    return lambda _: httpx.Response(status, json=body)
