"""The account's settings and the state of its webhook deliveries over HTTP."""

from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from services.sandbox.answers import answer, wrong
from services.sandbox.api.call import Call, route
from services.sandbox.upstream import Upstream
from services.sandbox.webhooks.deliveries import Deliveries
from services.sandbox.webhooks.messages import State


class SettingsApi:
    """The handlers; each raises `Refusal` for what it refuses."""

    def __init__(self, up: Upstream, deliveries: Deliveries) -> None:
        self._up = up
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        """The routes; they live outside the API's prefix."""
        return [
            route("GET", "/settings", self.get),
            route("POST", "/settings", self.set),
            route("GET", "/settings/webhook", self.deliveries),
            route("POST", "/settings/webhook/retry", self.retry),
        ]

    def get(self, call: Call) -> Response:
        """The settings, webhook key included."""
        return answer(self._up.account.wire())

    def set(self, call: Call) -> Response:
        """Set or clear the webhook URL; a URL that is set gets a ping."""
        body = call.body()
        if "webhookUrl" not in body:
            raise wrong("webhookUrl", "is required")
        url = body["webhookUrl"] or None
        if url is not None and not _is_url(url):
            raise wrong("webhookUrl", "must be an http or https URL")
        self._up.account.point_webhooks_at(url)
        if url:
            self._deliveries.ping()
        return answer(self._up.account.wire())

    def deliveries(self, call: Call) -> Response:
        """How many deliveries wait or failed, and the error of the latest one."""
        url, error = self._up.account.webhook_url, self._up.account.delivery_error
        detail = error or ("OK" if url else "No webhook URL is set")
        status = {
            "webhookEnabled": url is not None and error is None,
            "webhookStatusDetail": detail,
            "webhookRequestsProcessing": self._up.messages.count(State.WAITING),
            "webhookRequestsFailed": self._up.messages.count(State.FAILED),
        }
        return answer(status)

    def retry(self, call: Call) -> Response:
        """Deliver the failed webhooks once more."""
        self._up.messages.retry_failed()
        return answer({})


def _is_url(url: object) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
