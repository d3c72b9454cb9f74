"""The cookies of sign-ins that have begun: each tab has its own, for ten minutes at most."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from services.addresses import SIGN_IN_PATH
from services.desk import desk
from services.staff.sign_in.provider_client import Departure

_NAME = "access_desk_sign_in_"
_SECONDS = 600
_MOST = 6
"""Sign-ins that one browser has begun: what it sends with a request must not grow for ever."""


def keep(response: Response, request: Request, departure: Departure) -> None:
    """Have the browser keep what the way back needs; the oldest of too many are forgotten."""
    begun = [name for name in request.cookies if name.startswith(_prefix())]
    for name in begun[: max(0, len(begun) - _MOST + 1)]:
        _set(response, name, "", 0)
    _set(response, _cookie(departure.state), departure.secret, _SECONDS)


def secret_of(request: Request) -> str:
    """What the browser kept of the sign-in from which it comes back; empty for nothing."""
    return request.cookies.get(_cookie(request.query_params.get("state", "")), "")


def forget(response: Response, request: Request) -> None:
    """Have the browser drop what it kept of the sign-in from which it came back."""
    name = _cookie(request.query_params.get("state", ""))
    if name in request.cookies:
        _set(response, name, "", 0)


def _cookie(state: str) -> str:
    # A state may hold what a cookie's name may not.
    return _prefix() + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


def _prefix() -> str:
    return f"__Secure-{_NAME}" if _is_secure() else _NAME


def _is_secure() -> bool:
    return desk().public_url.startswith("https://")


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=SIGN_IN_PATH,
        httponly=True,
        # Lax, not Strict: the browser comes back from the provider's own site.
        samesite="lax",
        secure=_is_secure(),
    )
