"""What the internet reaches: the webhook receiver and the probes."""

from starlette.routing import Route

from services.bootstrap import WEBHOOK_PATH
from services.edge.probes import alive, ready
from services.edge.webhooks import receive

routes = [
    Route(WEBHOOK_PATH, receive, methods=["POST"]),
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
]
