"""Staff sessions over an empty log, and the words that their tests need."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import col, select

from services.staff.audit import Audit
from services.staff.members import StaffMember
from services.staff.permissions import Actor, Role
from services.staff.sign_in.sessions import COOKIE, SessionLimits, StaffSessions
from services.staff.sign_in.sign_ins import Browser, ProviderSession, SignIns
from services.store import Store
from services.store.tables import AuditEvent, StaffSession
from services.vault import Vault
from tests.clock import FakeClock

SASHA = StaffMember("https://id.test", "sasha", "Sasha Whitfield", "sasha@example.org")
ALEX = StaffMember("https://id.test", "alex", "Alex Moreau", "alex@example.org")
LIMITS = SessionLimits(timedelta(hours=12), timedelta(minutes=15))
BROWSER = Browser("10.0.0.7", "Firefox on Linux")


@dataclass
class SignInDesk:
    """Sign-ins and sessions, as the program puts them together."""

    store: Store
    clock: FakeClock
    sessions: StaffSessions = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = StaffSessions(self.store, self.clock, LIMITS)
        self.audit = Audit(self.store, self.clock, self.sessions)
        self.sign_ins = SignIns(self.store, self.clock, self.audit, self.sessions, Vault(["k"]))

    def begin(
        self, member: StaffMember, *roles: Role, sid: str | None = None, replaces: str = ""
    ) -> str:
        """The cookie's value of a new session."""
        # Ids of the same millisecond are in no order.
        self.clock.forward(milliseconds=1)
        provider = ProviderSession(sid, f"token of {member.subject}")
        return self.sign_ins.begin(member, roles, BROWSER, provider=provider, replaces=replaces)

    def choose(self, token: str, role: Role) -> str:
        """The cookie's value of the session in that role."""
        self.clock.forward(milliseconds=1)
        return self.sign_ins.choose(token, role)

    def who(self, token: str) -> Actor | None:
        """Who is signed in by this cookie."""
        return self.sessions.actor({COOKIE: token})

    def actor(self, member: StaffMember, role: Role) -> Actor:
        """Somebody in a new session."""
        who = self.who(self.begin(member, role))
        assert who is not None
        return who

    def rows(self) -> list[StaffSession]:
        """All sessions, oldest first."""
        with self.store.read() as session:
            return list(session.exec(select(StaffSession).order_by(col(StaffSession.id))).all())

    def reasons(self) -> list[str | None]:
        """Why each session ended, oldest first; None for one that has not."""
        return [row.end_reason for row in self.rows()]

    def events(self) -> list[AuditEvent]:
        """The access log."""
        with self.store.read() as session:
            return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all())

    def acts(self) -> list[tuple[str, str]]:
        """What the access log says was done: action and outcome."""
        return [(event.action, event.outcome) for event in self.events()]
