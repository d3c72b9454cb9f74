"""No order of webhook, redirect, expiry and refusal leads to `active` when it should not."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.access_state import Aal2State
from services.errors import NotReady, UpstreamError
from services.patient_links import Visit
from services.store import Store
from tests.clock import FakeClock
from tests.test_individual_access import PID, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises

_IDLE = timedelta(minutes=30)


class Way:
    """Does what happens to a person, and knows by itself what may count as active."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.visits: list[Visit] = []
        self.returned: list[Visit] = []
        self.count = 0
        self.identity_stands = False
        self.ever_verified: datetime | None = None
        self.satisfied_at: datetime | None = None

    def may_be_active(self) -> bool:
        now = self.stage.clock.now
        fresh = self.satisfied_at is not None and now - self.satisfied_at < _IDLE
        return self.identity_stands and fresh

    def webhook(self) -> None:
        self.count += 1
        self.stage.hear_verified(f"m-{self.count}")
        if not self.identity_stands:
            self.satisfied_at = None
        self.identity_stands, self.ever_verified = True, self.stage.clock.now

    def old_webhook(self) -> None:
        self.count += 1
        day_ago = self.stage.clock.now - timedelta(days=1)
        self.stage.hear_verified(f"m-{self.count}", when=day_ago.isoformat())
        self.identity_stands |= self.ever_verified is None
        self.ever_verified = self.ever_verified or day_ago

    def challenge(self) -> None:
        with suppress(NotReady, UpstreamError):
            link = self.stage.identity.send_challenge(SUPPORT, PATIENT)
            self.visits.append(self.stage.follow(link.url))

    def verified_return(self) -> None:
        if not self.visits:
            return
        self.count += 1
        visit = self.visits.pop()
        self._back(visit, "verified", f"aal2_{self.count}")
        self.satisfied_at = self.stage.clock.now
        self.returned.append(visit)
        self._back(Visit("aal2", "", "forged"), "verified", f"aal2_forged_{self.count}")

    def return_again(self) -> None:
        for visit in self.returned:
            self.count += 1
            self._back(visit, "verified", f"aal2_again_{self.count}")

    def failed_return(self) -> None:
        if self.visits:
            self.count += 1
            self.returned.append(self.visits.pop())
            self._back(self.returned[-1], "failed", f"aal2_{self.count}")

    def satisfy(self) -> None:
        self.challenge()
        self.verified_return()

    def _back(self, visit: Visit, status: str, credential: str) -> None:
        self.stage.links.back_from_challenge(visit.cookie, status, credential)

    def ask(self) -> None:
        self._ask()

    def ask_and_hear_nothing(self) -> None:
        self._ask(raises(httpx.ReadTimeout("t")))

    def ask_with_a_dead_session(self) -> None:
        self._ask(refusal(403, "The AAL2 session has expired"))

    def ask_with_a_dead_identity(self) -> None:
        if self._ask(refusal(412, f"Proofed identity {PID} is not in active status")):
            self.identity_stands = False

    def refuse_while_asking(self) -> None:
        """A colleague's challenge is refused while a query is on its way, and never arrives."""

        def meanwhile(_: httpx.Request) -> httpx.Response:
            refusing = self.stage.upstream.refusing
            refusing["/aal2/challenge"] = refusal(412, "identity is not active")
            self.challenge()
            raise httpx.ConnectError("c")

        if self._ask(meanwhile):
            self.identity_stands = False

    def ask_without_reaching(self) -> None:
        before = self.satisfied_at
        if self._ask(raises(httpx.ConnectError("c"))):
            self.satisfied_at = before

    def _ask(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> bool:
        if answer:
            self.stage.upstream.refusing["/network/query"] = answer
        try:
            self.stage.ask()
        except NotReady:
            return False
        finally:
            self.stage.upstream.refusing.clear()
        self.satisfied_at = None
        return True

    def minutes(self) -> None:
        self.stage.clock.forward(minutes=11)

    def hours(self) -> None:
        self.stage.clock.forward(hours=2)

    def sweep(self) -> None:
        self.stage.identity.sweep()


_HAPPENINGS = [name for name in vars(Way) if not name.startswith("_") and name != "may_be_active"]


@settings(max_examples=60)
@given(order=st.lists(st.sampled_from(_HAPPENINGS), min_size=3, max_size=12))
@example(["ask_with_a_dead_identity", "old_webhook", "satisfy"])
@example(["ask", "return_again"])
@example(["refuse_while_asking", "webhook"])
@example(["challenge", "ask_with_a_dead_identity", "verified_return", "webhook"])
def test_no_order_makes_active_what_is_not(sqlite_template: bytes, order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        path.write_bytes(sqlite_template)
        stage = Stage(Store(f"sqlite:///{path}"), FakeClock())
        try:
            way = Way(stage)
            for happening in ["webhook", "satisfy", *order]:
                stage.clock.forward(seconds=1)
                getattr(way, happening)()
                active = stage.standing().aal2 is Aal2State.ACTIVE
                assert not active or way.may_be_active(), happening
        finally:
            stage.store.close()
