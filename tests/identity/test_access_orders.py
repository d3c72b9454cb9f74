"""No order of webhook, redirect, expiry and refusal leads to `active` when it should not."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.errors import NotReady, UpstreamError
from services.identity.access_state import Aal2State
from services.identity.patient_links import Visit
from services.store import Store
from tests.clock import FakeClock
from tests.fast_store import sync_never
from tests.identity.stage import PID, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises

_IDLE = timedelta(minutes=30)
_LATEST = timedelta(minutes=10)


@dataclass(eq=False)
class Challenge:
    """One that is open in a browser: for which identity, and until when it can be satisfied.

    `spent` is true once a query that upstream did not refuse has brought a session of it along.
    """

    visit: Visit
    pid: str
    ends_at: datetime
    credential: str = ""
    spent: bool = False


@dataclass
class Brought:
    """A session that a return brought: of which challenge, satisfied when."""

    challenge: Challenge
    at: datetime
    over: bool = False


class Way:
    """Does what happens to a person, and knows by itself what may count as active.

    `one_browser` carries each link's cookie on to the next, as one browser does.
    """

    def __init__(self, stage: Stage, one_browser: bool) -> None:
        self.stage = stage
        self.one_browser = one_browser
        self.cookie: str | None = None
        self.sent: list[Challenge] = []
        self.open: list[Challenge] = []
        self.returned: list[Challenge] = []
        self.count = 0
        self.verified: dict[str, datetime] = {}
        self.refused: set[str] = set()
        self.brought: dict[str, Brought] = {}

    def may_be_active(self) -> bool:
        return self._identity_stands() and any(map(self._is_usable, self.brought.values()))

    def _is_usable(self, brought: Brought) -> bool:
        over = brought.over or brought.challenge.spent
        of_newest = brought.challenge.pid == self._newest()
        return of_newest and not over and self.stage.clock.now - brought.at < _IDLE

    def webhook(self) -> None:
        self._hear(PID)

    def other_webhook(self) -> None:
        self._hear("pid_other")

    def _hear(self, pid: str) -> None:
        self.count += 1
        self.stage.hear_verified(f"m-{self.count}", pid=pid)
        if pid != self._newest() or pid in self.refused:
            self._end_all()
            self.verified[pid] = self.stage.clock.now
        self.refused.discard(pid)

    def old_webhook(self) -> None:
        self.count += 1
        day_ago = self.stage.clock.now - timedelta(days=1)
        self.stage.hear_verified(f"m-{self.count}", when=day_ago.isoformat())
        self.verified.setdefault(PID, day_ago)

    def _newest(self) -> str:
        return max(self.verified, key=lambda pid: self.verified[pid], default="")

    def _identity_stands(self) -> bool:
        return bool(self.verified) and self._newest() not in self.refused

    def challenge(self) -> None:
        with suppress(NotReady, UpstreamError):
            link = self.stage.link_sender.send_challenge(SUPPORT, PATIENT)
            token = link.url.rsplit("/", 1)[1]
            cookie = self.cookie if self.one_browser else None
            visit = self.stage.links.follow(token, cookie)
            assert isinstance(visit, Visit)
            self.cookie = visit.cookie
            self.open.append(Challenge(visit, self._newest(), link.expires_at))
            self.sent.append(self.open[-1])

    def verified_return(self) -> None:
        if not self.open:
            return
        self.count += 1
        done = self.open.pop()
        if self.one_browser and self.open and self.stage.clock.now > done.ends_at + _LATEST:
            # A page that ended longer ago than this sends nobody back any more: the return of
            # another one cannot be told from it, and is believed.
            return
        done.credential = f"aal2_{self.count}"
        self._back(done, "verified", done.credential)
        self._bring(done, done.credential)
        self.returned.append(done)
        self.stage.links.back_from_challenge("forged", "verified", f"aal2_forged_{self.count}")

    def verified_return_of_the_first(self) -> None:
        self.open.reverse()
        self.verified_return()
        self.open.reverse()

    def return_again(self) -> None:
        for done in self.returned:
            self.count += 1
            # One browser can only open the same address again.
            another = f"aal2_again_{self.count}"
            self._back(done, "verified", done.credential if self.one_browser else another)
            if not self.one_browser:
                # Nobody but upstream can tell which of two returns is the real one.
                self._bring(done, another)

    def failed_return(self) -> None:
        if self.open:
            self.count += 1
            self.returned.append(self.open.pop())
            self._back(self.returned[-1], "failed", f"aal2_{self.count}")

    def look_again(self) -> None:
        if self.cookie:
            self.stage.links.back_from_challenge(self.cookie, None, None)

    def satisfy(self) -> None:
        self.challenge()
        self.verified_return()

    def _back(self, done: Challenge, status: str, credential: str) -> None:
        cookie = self.cookie if self.one_browser else done.visit.cookie
        self.stage.links.back_from_challenge(cookie, status, credential)

    def ask(self) -> None:
        self._ask()

    def ask_and_hear_nothing(self) -> None:
        self._ask(raises(httpx.ReadTimeout("t")))

    def ask_with_a_dead_session(self) -> None:
        if used := self._ask(refusal(403, "The AAL2 session has expired")):
            used.over, used.challenge.spent = True, False

    def ask_with_a_dead_identity(self) -> None:
        if used := self._ask(refusal(412, "The proofed identity is not in active status")):
            used.challenge.spent = False
            self.refused.add(self._newest())
            self._end_all()

    def challenge_a_dead_identity(self) -> None:
        refusing = self.stage.upstream.refusing
        refusing["/aal2/challenge"] = refusal(412, "identity is not active")
        if self._identity_stands():
            self.challenge()
            self.refused.add(self._newest())
        refusing.clear()

    def refuse_while_asking(self) -> None:
        """A colleague's challenge is refused while a query is on its way, and never arrives."""

        def meanwhile(_: httpx.Request) -> httpx.Response:
            refusing = self.stage.upstream.refusing
            refusing["/aal2/challenge"] = refusal(412, "identity is not active")
            self.challenge()
            raise httpx.ConnectError("c")

        if self._ask(meanwhile):
            self.refused.add(self._newest())

    def ask_without_reaching(self) -> None:
        if used := self._ask(raises(httpx.ConnectError("c"))):
            used.challenge.spent = False

    def _ask(
        self, answer: Callable[[httpx.Request], httpx.Response] | None = None
    ) -> Brought | None:
        """Start an IAS query; the session that it brought along, as upstream saw it."""
        if answer:
            self.stage.upstream.refusing["/network/query"] = answer
        try:
            self.stage.ask()
        except NotReady:
            return None
        finally:
            self.stage.upstream.refusing.clear()
        seen = [request.headers.get("x-aal2-session") for request in self.stage.requests]
        used = self.brought[[credential for credential in seen if credential][-1]]
        assert not used.over and not used.challenge.spent
        used.challenge.spent = True
        return used

    def _bring(self, done: Challenge, credential: str) -> None:
        """Of two challenges' sessions the later one counts; those of one challenge all may."""
        challenge, now = self._attributed(done), self.stage.clock.now
        new = Brought(challenge, min(now, done.ends_at))
        for other in self.brought.values():
            if other.challenge is not challenge and not other.over:
                (new if other.at > new.at else other).over = True
        self.brought[credential] = new

    def _attributed(self, done: Challenge) -> Challenge:
        """In one browser a return belongs to the page that it set out to last."""
        now = self.stage.clock.now
        same = [sent for sent in self.sent if sent.pid == done.pid and now < sent.ends_at + _LATEST]
        return same[-1] if self.one_browser and same else done

    def _end_all(self) -> None:
        for brought in self.brought.values():
            brought.over = True

    def minutes(self) -> None:
        self.stage.clock.forward(minutes=11)

    def hours(self) -> None:
        self.stage.clock.forward(hours=2)

    def sweep(self) -> None:
        self.stage.sweeper.step()


_HAPPENINGS = [name for name in vars(Way) if not name.startswith("_") and name != "may_be_active"]


# A long run tries every profile's full number; the rows of each example cost half a second.
@settings(max_examples=settings.default.max_examples // 2)
@given(
    order=st.lists(st.sampled_from(_HAPPENINGS), min_size=3, max_size=12), one_browser=st.booleans()
)
@example(["ask_with_a_dead_identity", "old_webhook", "satisfy"], False)
@example(["ask", "return_again"], False)
@example(["refuse_while_asking", "webhook"], False)
@example(["challenge", "ask_with_a_dead_identity", "verified_return", "webhook"], False)
@example(["other_webhook", "challenge_a_dead_identity"], False)
@example(["challenge", "other_webhook", "challenge", "verified_return_of_the_first"], True)
@example(["challenge", "hours", "verified_return"], True)
def test_no_order_makes_active_what_is_not(
    sqlite_template: bytes, order: list[str], one_browser: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        path.write_bytes(sqlite_template)
        store = Store(f"sqlite:///{path}")
        sync_never(store)
        stage = Stage(store, FakeClock())
        try:
            way = Way(stage, one_browser)
            for happening in ["webhook", "satisfy", *order]:
                stage.clock.forward(seconds=1)
                getattr(way, happening)()
                active = stage.standing().aal2 is Aal2State.ACTIVE
                assert not active or way.may_be_active(), happening
        finally:
            stage.store.close()
