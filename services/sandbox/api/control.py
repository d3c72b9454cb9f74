"""The controls of the sandbox itself, under `/_control`: speed, allowlist, faults, requests."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from services.sandbox.answers import answer, wrong
from services.sandbox.api.call import Call, route
from services.sandbox.api.gateway import CONTROL
from services.sandbox.conditions import CALL_FAULTS, WEBHOOK_FAULTS, Conditions, Fault

FASTEST = 10_000
LONGEST_DELAY = 600


class Control:
    """The handlers. They need the API key; faults and the list of requests leave them out."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    def routes(self) -> list[Route]:
        """The routes below `/_control`."""
        return [
            route("GET", CONTROL, self.get),
            route("POST", CONTROL, self.set),
            route("DELETE", CONTROL, self.clear),
            route("GET", f"{CONTROL}/requests", self.requests),
        ]

    def get(self, call: Call) -> Response:
        """Speed, allowlist and faults."""
        return answer(self._conditions.wire())

    def set(self, call: Call) -> Response:
        """Change the speed or the allowlist of redirect URLs, or switch on a fault."""
        # Everything is read before anything changes: a refused call changes nothing.
        body = call.body()
        speed = _number(body, "speed", self._conditions.speed, 0.001, FASTEST)
        urls = body.get("redirectUrls", list(self._conditions.redirect_urls))
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise wrong("redirectUrls", "must be a list of URLs")
        fault = _fault(body["fault"]) if "fault" in body else None
        self._conditions.speed = speed
        self._conditions.redirect_urls = tuple(urls)
        if fault:
            self._conditions.switch_on(fault)
        return answer(self._conditions.wire())

    def clear(self, call: Call) -> Response:
        """Switch all faults off."""
        self._conditions.clear()
        return answer(self._conditions.wire())

    def requests(self, call: Call) -> Response:
        """The last requests, oldest first."""
        return answer({"requests": self._conditions.requests()})


def _fault(given: Any) -> Fault:
    """Read a fault; raises `Refusal` if it is not as documented.

    Without `times` a call fails once, and a fault of webhooks lasts until it is cleared; `times` of
    null means until cleared, too.
    """
    if not isinstance(given, dict):
        raise wrong("fault", "must be an object")
    kind, path = given.get("kind"), given.get("path") or ""
    if kind not in CALL_FAULTS + WEBHOOK_FAULTS:
        raise wrong("fault.kind", f"must be one of {', '.join(CALL_FAULTS + WEBHOOK_FAULTS)}")
    if not isinstance(path, str):
        raise wrong("fault.path", "must be a string")
    times = None if kind in WEBHOOK_FAULTS or "times" in given else 1
    if given.get("times") is not None:
        times = int(_number(given, "times", 1, 1, 1_000_000))
    status = int(_number(given, "status", 502 if kind == "html" else 500, 200, 599))
    return Fault(kind, path, times, status, _number(given, "seconds", 0, 0, LONGEST_DELAY))


def _number(given: dict[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = given.get(name, default)
    # In Python `True` is an int.
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise wrong(name, f"must be a number from {least} to {most}")
    return value
