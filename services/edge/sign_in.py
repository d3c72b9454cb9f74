"""The routes of sign-in: cards in the sandbox, the company's provider wherever one is set."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.addresses import CALLBACK_PATH, ENDED_PATH, SIGN_IN_PATH
from services.desk import desk
from services.edge import sign_in_cards, sign_in_provider, sign_in_role, sign_out
from services.edge.methods import Methods, refused_method
from services.edge.sign_in_pages import local_path

__all__ = ["SIGN_IN_PATH", "local_path", "routes"]


async def page(request: Request) -> Response:
    """Where somebody begins who is not signed in; `next` is where they wanted to go."""
    if desk().provider is None:
        return sign_in_cards.page(request)
    return await sign_in_provider.page(request)


async def enter(request: Request) -> Response:
    """Sign in by a card, which exists only where no provider is set."""
    if desk().provider is None:
        return await sign_in_cards.enter(request)
    return refused_method("GET", "HEAD")


routes = [
    Route(SIGN_IN_PATH, Methods(get=page, post=enter)),
    Route(CALLBACK_PATH, Methods(get=sign_in_provider.come_back, safe=False)),
    Route(sign_in_role.ROLE_PATH, Methods(get=sign_in_role.page, post=sign_in_role.choose)),
    Route(f"{SIGN_IN_PATH}/out", Methods(post=sign_out.leave)),
    Route(ENDED_PATH, Methods(post=sign_out.end_from_provider)),
]
