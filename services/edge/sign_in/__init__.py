"""The routes of sign-in: cards in the sandbox, the company's provider wherever one is set.

Owns no table. May import what `services.edge` may; `routes` is what the composition takes.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.addresses import CALLBACK_PATH, ENDED_PATH, SIGN_IN_PATH
from services.desk import desk
from services.edge.methods import Handler, Methods, refused_method
from services.edge.sign_in import cards, out, provider, role
from services.edge.sign_in.pages import local_path, message_page, sign_in_again
from services.errors import AccessDeskError

__all__ = ["SIGN_IN_PATH", "local_path", "routes"]


async def page(request: Request) -> Response:
    """Where somebody begins who is not signed in; `next` is where they wanted to go."""
    if desk().provider is None:
        return cards.page(request)
    return await provider.page(request)


async def enter(request: Request) -> Response:
    """Sign in by a card, which exists only where no provider is set."""
    if desk().provider is None:
        return await cards.enter(request)
    return refused_method("GET", "HEAD")


def _with_log(handler: Handler) -> Handler:
    """`handler`, with an answer for people while the log does not answer."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except AccessDeskError as error:
            return message_page(
                "Access Desk cannot do this now",
                f"{error} {error.next_step}",
                sign_in_again(),
                status=503,
                headers={"retry-after": "30"},
            )

    return answer


routes = [
    Route(SIGN_IN_PATH, Methods(get=_with_log(page), post=_with_log(enter))),
    Route(CALLBACK_PATH, Methods(get=_with_log(provider.come_back), safe=False)),
    Route(role.ROLE_PATH, Methods(get=_with_log(role.page), post=_with_log(role.choose))),
    Route(f"{SIGN_IN_PATH}/out", Methods(post=_with_log(out.leave))),
    Route(ENDED_PATH, Methods(post=_with_log(out.end_from_provider))),
]
