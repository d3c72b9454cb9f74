"""What all handlers of the sandbox share: the owners of the tables, the clock, the conditions."""

from dataclasses import dataclass
from pathlib import Path

from services.clock import Clock
from services.sandbox.account import Account
from services.sandbox.conditions import Conditions
from services.sandbox.history.queries import PastQuery, past_queries
from services.sandbox.hosted.identities import Identities
from services.sandbox.hosted.pages import HostedPages
from services.sandbox.limits import RateLimits
from services.sandbox.patients import Patients
from services.sandbox.people import load_facilities, load_people
from services.sandbox.queries.network import NetworkQueries
from services.sandbox.records.clinical import Records
from services.sandbox.records.consolidated import ConsolidatedQueries
from services.sandbox.records.presigned import Presigner
from services.sandbox.store import Store
from services.sandbox.webhooks.messages import Messages


@dataclass(frozen=True)
class SandboxConfig:
    """How a sandbox is set up.

    `public_url` is the address that clients use, e.g. `http://localhost:8501/sandbox`; hosted pages
    and presigned URLs start with it. `webhook_url` and `webhook_key` are the first settings of the
    account (without a key one is made and kept). `redirect_urls` is the allowlist for hosted pages.
    Sources finish `speed` times as fast as in life.
    """

    database: Path
    public_url: str
    webhook_url: str | None
    webhook_key: str | None = None
    speed: float = 1.0
    redirect_urls: tuple[str, ...] = ()


class Upstream:
    """One sandbox; each attribute owns one of its parts."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        """Open the database; a new one is filled with people and past queries."""
        store = Store(config.database)
        self.clock = clock
        self.close = store.close
        self.account = Account(store)
        self.patients = Patients(store)
        self.network_queries = NetworkQueries(store)
        self.consolidated_queries = ConsolidatedQueries(store)
        self.messages = Messages(store)
        self.hosted_pages = HostedPages(store)
        self.identities = Identities(store)
        self.public_url = config.public_url.rstrip("/")
        if self.account.open(clock(), config.webhook_url, config.webhook_key):
            people, past = load_people(), self.history()
            self.patients.fill(people, load_facilities())
            self.network_queries.fill(past)
            self.identities.fill(past, people)
        self.records = Records(self.patients)
        self.presigner = Presigner(config.public_url, self.account.signing_key)
        self.limits = RateLimits(clock)
        self.conditions = Conditions(config.speed, config.redirect_urls)

    def history(self) -> list[PastQuery]:
        """The network queries of the ninety days before the first start.

        Computed from the time of the first start, so they are the same after every restart.
        """
        return past_queries(load_people(), self.account.opened_at)
