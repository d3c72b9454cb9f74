"""The inbox of webhooks for the staff: a list, one message, and its body for a reason."""

import json
import re
from typing import Any

from cryptography.fernet import InvalidToken

from services.errors import InvalidInput, NotInLog
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import Grounds
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.lists.paging import Page
from services.store.tables import WebhookEvent
from services.vault import Vault
from services.webhooks.filters import WebhookFilters

REASONS = ("Metriport asks for it", "Message cannot be interpreted", "Audit", "Other, see ticket")
"""Why somebody looks into a body. A closed list: free text would bring personal data into the
access log."""

_ADDRESS = re.compile(r"\s*https?:", re.IGNORECASE)

WebhookPage = Page[WebhookEvent]


class Inbox:
    """Reads the table `webhook_event`; changes nothing in it."""

    def __init__(self, store: Store, audit: Audit, vault: Vault) -> None:
        self._store = store
        self._audit = audit
        self._vault = vault

    def search(
        self,
        actor: Actor,
        filters: WebhookFilters,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> WebhookPage:
        """One page of the inbox; `cursor` is that of the page before.

        With several filters it may be one that says how far the inbox was searched. Raises
        `NotPermitted`, and `InvalidInput` where `filters.about` is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        filters = filters.checked()
        self._audit.look(actor, "webhooks.search", details=filters.summary())
        with self._store.read() as session:
            return filters.listing().page(session, cursor, oldest_first)

    def types(self, actor: Actor) -> list[str]:
        """The types of all messages in the inbox, in alphabetical order; raises `NotPermitted`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            return distinct_values(session, WebhookEvent.type)

    def open(self, actor: Actor, event_id: str) -> WebhookEvent:
        """One message, its body still encrypted; raises `NotPermitted` and `NotInLog`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        event = read_event(self._store, event_id)
        self._audit.look(
            actor, "webhook.view", patient_id=event.patient_id, of=("webhook", event.id)
        )
        return event

    def body(self, actor: Actor, event_id: str, reason: str) -> str:
        """A message's body as indented JSON; `reason` is one of `REASONS`.

        Addresses of files are left out: whoever has one may read a person's records with it, which
        is a look of another kind (`services.records.contents`).

        Raises `NotPermitted`, `InvalidInput` for another reason, and `NotInLog` for a message that
        does not exist or whose body was not kept or cannot be decrypted.
        """
        self._audit.require(actor, Permission.WEBHOOKS_BODY)
        if reason not in REASONS:
            raise InvalidInput("Choose why you need the body.", {"reason": "Choose a reason."})
        event = read_event(self._store, event_id)
        # Noted before it is decrypted: if the access log cannot be written, nobody sees the body.
        self._audit.note(
            actor,
            Permission.WEBHOOKS_BODY.value,
            patient_id=event.patient_id,
            of=("webhook", event.id),
            grounds=Grounds(reason),
        )
        return self._decrypt(event)

    def _decrypt(self, event: WebhookEvent) -> str:
        if event.body is None:
            raise NotInLog("The body of this message was not kept.")
        try:
            body = self._vault.decrypt(event.body)
        except InvalidToken:
            raise NotInLog("The body cannot be read: SECRET_KEY has changed.") from None
        return json.dumps(_without_addresses(json.loads(body)), indent=2, ensure_ascii=False)


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_addresses(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_addresses(one) for one in value]
    # Presigned addresses carry their permission behind the question mark.
    is_address = isinstance(value, str) and _ADDRESS.match(value)
    return f"{value.partition('?')[0]}?…" if is_address and "?" in value else value


def read_event(store: Store, event_id: str) -> WebhookEvent:
    """One message, unlocked, without a permission check or a trace; raises `NotInLog`."""
    with store.read() as session:
        event = session.get(WebhookEvent, event_id)
    if event is None:
        raise NotInLog("The log holds no message with this id.")
    return event
