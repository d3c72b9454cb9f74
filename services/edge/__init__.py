"""What the internet reaches: the webhook receiver, the patients' links and the probes."""

from starlette.routing import Route

from services.addresses import WEBHOOK_PATH
from services.edge import patient_links
from services.edge.probes import alive, ready
from services.edge.webhooks import receive

routes = [
    Route(WEBHOOK_PATH, receive, methods=["POST"]),
    *patient_links.routes,
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
]
