"""The cookie of a staff session: it carries a random id and nothing else."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.desk import desk


def token_of(request: HTTPConnection) -> str:
    """What the browser sent as its session's cookie; empty for none."""
    return request.cookies.get(desk().sessions.cookie, "")


def set_cookie(response: Response, token: str) -> None:
    """Have the browser keep `token` for as long as a session may last."""
    _set(response, token, int(desk().sessions.limits.max_age.total_seconds()))


def forget_cookie(response: Response) -> None:
    """Have the browser drop the cookie."""
    _set(response, "", 0)


def _set(response: Response, token: str, seconds: int) -> None:
    response.set_cookie(
        desk().sessions.cookie,
        token,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        # By the public address, not by the request: behind a proxy that speaks HTTPS the request
        # that arrives here is plain.
        secure=desk().public_url.startswith("https://"),
    )
