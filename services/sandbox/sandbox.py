"""The embedded upstream as one object: an ASGI app, a database and a delivery thread."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.clock import Clock, utc_now
from services.sandbox.answers import Refusal, envelope
from services.sandbox.api.consolidated import ConsolidatedApi
from services.sandbox.api.control import Control
from services.sandbox.api.files import FilesApi
from services.sandbox.api.gateway import Gateway
from services.sandbox.api.identity import IdentityApi
from services.sandbox.api.patients import PatientsApi
from services.sandbox.api.queries import QueriesApi
from services.sandbox.api.settings import SettingsApi
from services.sandbox.history.messages import PastMessage, past_messages
from services.sandbox.history.queries import PastQuery
from services.sandbox.hosted.handlers import Hosted
from services.sandbox.people import Person, load_people
from services.sandbox.records.clinical import Selection
from services.sandbox.upstream import SandboxConfig, Upstream
from services.sandbox.webhooks.deliveries import Deliveries


class Sandbox:
    """A synthetic upstream: mount `app`, call `start` and `stop` with the server."""

    api_key = "sandbox"

    def __init__(self, config: SandboxConfig, clock: Clock = utc_now) -> None:
        """Open the database; a new one is filled with people and past queries."""
        self._up = Upstream(config, clock)
        self._deliveries = Deliveries(self._up)
        gateway = Middleware(Gateway, self.api_key, self._up.conditions, clock)
        self.app = _app(self._routes(), gateway)

    @property
    def webhook_key(self) -> str:
        """The key that signs webhooks now; empty while no webhook URL is set."""
        return self._up.account.webhook_key

    def start(self) -> None:
        """Start the delivery thread."""
        self._deliveries.start()

    def stop(self) -> None:
        """Stop the delivery thread and close the database; there is no start after it."""
        self._deliveries.stop()
        self._up.close()

    def advance(self) -> int:
        """Do one step of the thread's work now; returns how many webhooks were accepted."""
        return self._deliveries.advance()

    def history(self) -> list[PastQuery]:
        """The queries of the ninety days before the first start, oldest first."""
        return self._up.history()

    def messages(self, past: Sequence[PastQuery], since: datetime) -> Iterator[PastMessage]:
        """The webhooks about those of the past's queries submitted after `since` (aware UTC)."""
        return past_messages(past, since, self._up.patients, self._up.presigner)

    def people(self) -> list[Person]:
        """Everybody who ships with the sandbox."""
        return load_people()

    def counts(self, patient_id: str) -> dict[str, int]:
        """How many FHIR resources of each type it holds for a patient."""
        return self._up.records.counts(patient_id, Selection())

    def _routes(self) -> list[Route]:
        up = self._up
        return [
            *PatientsApi(up).routes(),
            *QueriesApi(up).routes(),
            *IdentityApi(up).routes(),
            *Hosted(up).routes(),
            *ConsolidatedApi(up).routes(),
            *FilesApi(up).routes(),
            *SettingsApi(up, self._deliveries).routes(),
            *Control(up.conditions).routes(),
        ]


def _app(routes: list[Route], gateway: Middleware) -> Starlette:
    app = Starlette(
        routes=routes,
        middleware=[gateway],
        exception_handlers={Refusal: _refused, HTTPException: _no_route, Exception: _broken},
    )
    # Starlette would redirect a path with a slash too many; the API answers 404.
    app.router.redirect_slashes = False
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return envelope(error.status, error.detail)


def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return envelope(error.status_code, error.detail, dict(error.headers or {}))


def _broken(request: Request, error: Exception) -> Response:
    return envelope(500, "Something went wrong inside the sandbox")
