"""`/ias/consent/…`: the lasting link by which a person withdraws what they agreed to."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.addresses import WITHDRAW_PATH
from services.desk import desk
from services.edge.methods import Methods
from services.edge.patients.page import from_log, is_foreign, patient_page
from services.edge.patients.texts import BROKEN
from services.edge.patients.withdrawal_texts import PAGES, STATUSES
from services.identity.consent.consents import WithdrawalState


async def show(request: Request) -> Response:
    """What the link does, and a button. Opening it changes nothing: mail scanners open links."""
    token = request.path_params["token"]
    return _page(await from_log(lambda: desk().consents.look(token)))


async def withdraw(request: Request) -> Response:
    """Withdraw; a second time says that it was done already."""
    # No other site may press the button in somebody's browser.
    if is_foreign(request):
        return patient_page(PAGES[WithdrawalState.UNKNOWN], 403)
    token = request.path_params["token"]
    return _page(await from_log(lambda: desk().consents.revoke_by_link(token)))


def _page(state: WithdrawalState | None) -> Response:
    if state is None:
        return patient_page(BROKEN, 503)
    return patient_page(PAGES[state], STATUSES.get(state, 200))


routes = [Route(WITHDRAW_PATH + "{token}", Methods(get=show, post=withdraw))]
