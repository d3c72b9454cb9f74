"""What the internet reaches: the webhook receiver, the patients' links and the probes.

Owns no table. May import `bootstrap` and every service; nothing imports it but the composition.
"""

from starlette.routing import Route

from services.addresses import (
    CHANGES_PATH,
    DESK_PATH,
    IAS_PATH,
    SANDBOX_PATH,
    SESSION_PATH,
    WEBHOOK_PATH,
    WEBHOOKS_PATH,
)
from services.edge import changes, consents, metrics, session
from services.edge.methods import Methods, Unknown
from services.edge.patients import links, withdrawal
from services.edge.probes import alive, ready
from services.edge.public import PublicApplication
from services.edge.sign_in import SIGN_IN_PATH
from services.edge.webhooks import WebhookRoute

receive_webhooks = WebhookRoute()
"""What answers upstream at `WEBHOOK_PATH`."""

public_routes = [
    Route(WEBHOOK_PATH, receive_webhooks),
    # Before the rest under `/ias`, which leads nowhere.
    *withdrawal.routes,
    *links.routes,
    *consents.routes,
    Route("/healthz", Methods(get=alive)),
    Route("/readyz", Methods(get=ready)),
]
"""What must be reachable from outside, and the probes."""

routes = [
    *public_routes,
    Route(CHANGES_PATH, Methods(post=changes.answer)),
    Route(SESSION_PATH, Methods(post=session.answer)),
    # Not for the internet: the application below does not have it.
    *metrics.routes,
]

app = PublicApplication(public_routes, receive_webhooks)
"""A process of its own for the internet: `uvicorn services.edge:app`."""

unknown_routes = [
    Route(path + rest, Unknown())
    for path in (WEBHOOKS_PATH, IAS_PATH, SIGN_IN_PATH, SANDBOX_PATH, DESK_PATH)
    for rest in ("", "/{rest:path}")
    # The dashboard's own page of webhooks stands at that very path.
    if path + rest != WEBHOOKS_PATH
]
"""What is under our paths and belongs to nothing. They stand behind all routes of ours: without
them the dashboard would answer, which takes every address."""
